-- Renews the lease of a job that is still its worker's.
-- reads: nothing
-- writes: trap_data.job
create function trap.renew_job(p_job_id uuid, p_token bigint, p_lease interval) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.job as j
    set lease_until = clock_timestamp() + p_lease
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running';
    return found;
end;
$$;
comment on function trap.renew_job is 'Renews the lease of a job; returns whether it still is the worker''s who has this token. If not, it stops.';
