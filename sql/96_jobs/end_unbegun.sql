-- Ends a job that is not begun any more: it was taken too often, and no worker came back, or its deadline has passed.
-- reads: nothing
-- writes: trap_data.job
create function trap.end_unbegun(p_job trap_data.job) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_expired constant boolean := p_job.attempts < p_job.attempts_max;
begin
    update trap_data.job as j
    set
        state = case when v_expired then 'expired' else 'failed' end,
        lease_until = null, ended_at = clock_timestamp(), token = j.token + 1,
        error = coalesce(
            j.error,
            case
                when v_expired then format('not begun before its deadline, %s', j.deadline)
                else format('given up: of %s workers that took it, none came back', j.attempts)
            end
        )
    where j.job_id = p_job.job_id;
    if p_job.package_id is not null then
        perform trap.settle_package(p_job.package_id);
    end if;
end;
$$;
comment on function trap.end_unbegun is 'Ends a job that is not to be begun any more: it has failed if it was taken too often, else it has expired.';
