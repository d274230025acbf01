-- Hands back a job whose worker stops: it waits again, as if it had not been taken.
-- reads: nothing
-- writes: trap_data.job
create function trap.hand_back_job(p_job_id uuid, p_token bigint) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.job as j
    set state = 'waiting', attempts = j.attempts - 1, lease_until = null, started_at = null, token = j.token + 1
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running';
    return found;
end;
$$;
comment on function trap.hand_back_job is
'Hands back a job that will not be finished by who has taken it; returns whether it still was the worker''s who has this token.';
