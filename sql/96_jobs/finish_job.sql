-- Finishes a job that is still its worker's.
-- reads: nothing
-- writes: trap_data.job
create function trap.finish_job(p_job_id uuid, p_token bigint, p_result jsonb, p_said text[] default '{}') returns boolean
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
        state = 'done', lease_until = null, ended_at = clock_timestamp(), result = p_result, error = null,
        log = j.log || trap.log_lines(j.worker, p_said)
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
comment on function trap.finish_job is
'Says what came of a job, and what else there is to say; returns whether it still was the worker''s who has this token. If not, nothing came of it.';
