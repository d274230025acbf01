-- Aborts a job that has not ended. Whoever works on it learns of it when they renew their lease.
-- reads: nothing
-- writes: trap_data.job
create function trap.abort_job(p_job_id uuid) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.job as j
    set state = 'aborted', lease_until = null, ended_at = clock_timestamp(), token = j.token + 1
    where j.job_id = p_job_id and j.package_id is null and j.state in ('held', 'waiting', 'running');
    return found;
end;
$$;
comment on function trap.abort_job is 'Aborts a job that is of no package; returns whether it had not ended.';
