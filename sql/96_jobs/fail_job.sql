-- Says that a job failed. It waits to be tried again after some time, unless it was tried too often, or trying again is of no use.
-- reads: nothing
-- writes: trap_data.job
create function trap.fail_job(
    p_job_id uuid, p_token bigint, p_error text, p_again_after interval default null, p_said text[] default '{}'
) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_package_id bigint;
begin
    select j.package_id into v_package_id
    from trap_data.job as j
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running';
    if v_package_id is not null then
        perform trap.lock_package(v_package_id);
    end if;
    update trap_data.job as j
    set
        state = case when p_again_after is not null and j.attempts < j.attempts_max then 'waiting' else 'failed' end,
        not_before = clock_timestamp() + coalesce(p_again_after, interval '0'),
        ended_at = case when p_again_after is not null and j.attempts < j.attempts_max then null else clock_timestamp() end,
        lease_until = null, error = p_error, token = j.token + 1,
        log = j.log || trap.log_lines(j.worker, p_said || p_error)
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running';
    if not found then
        return false;
    end if;
    if v_package_id is not null then
        perform trap.settle_package(v_package_id);
    end if;
    return true;
end;
$$;
comment on function trap.fail_job is
'Says why a job failed, and after which time it may be tried again; NULL: it may not. Returns whether it still was the worker''s who has this token.';
