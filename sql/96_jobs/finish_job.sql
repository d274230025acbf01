-- Finishes a job that is still its worker's.
-- reads: nothing
-- writes: trap_data.job
create function trap.finish_job(p_job_id uuid, p_token bigint, p_result jsonb) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.job as j
    set state = 'done', lease_until = null, ended_at = clock_timestamp(), result = p_result, error = null
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running';
    return found;
end;
$$;
comment on function trap.finish_job is
'Says what came of a job; returns whether it still was the worker''s who has this token. If not, nothing came of it.';
