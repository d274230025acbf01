-- What is known of one job of a queue.
-- reads: trap_data.job
-- writes: nothing
create function trap.job_of(p_queue text, p_job_id uuid) returns setof trap_data.job
language plpgsql stable parallel safe security definer
set search_path from current
as $$
begin
    perform trap.require_queue(p_queue);
    return query select j.* from trap_data.job as j where j.queue = p_queue and j.job_id = p_job_id;
end;
$$;
comment on function trap.job_of is 'What is known of one job of a queue; no row: there is none.';
