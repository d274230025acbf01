-- Removes the jobs whose time has come.
-- reads: nothing
-- writes: trap_data.job
create function trap.remove_expired_jobs(p_queue text) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_count bigint;
begin
    perform trap.require_queue(p_queue);
    delete from trap_data.job as j where j.queue = p_queue and j.expires_at < now();
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;
comment on function trap.remove_expired_jobs is 'Removes the jobs of a queue whose time has come; returns their number.';
