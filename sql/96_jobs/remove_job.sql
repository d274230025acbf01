-- Removes a job, whatever its state.
-- reads: nothing
-- writes: trap_data.job
create function trap.remove_job(p_job_id uuid) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    delete from trap_data.job as j where j.job_id = p_job_id;
    return found;
end;
$$;
comment on function trap.remove_job is 'Removes a job, whatever its state; returns whether it was there.';
