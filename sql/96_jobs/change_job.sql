-- Changes what a job that is held is to do, and when it is removed; or lets it be begun.
-- reads: nothing
-- writes: trap_data.job
create function trap.change_job(
    p_job_id uuid, p_payload jsonb default null, p_expires_at timestamptz default null, p_release boolean default false
) returns boolean
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.job as j
    set
        payload = case when j.state = 'held' then coalesce(p_payload, j.payload) else j.payload end,
        expires_at = coalesce(p_expires_at, j.expires_at),
        state = case when j.state = 'held' and p_release then 'waiting' else j.state end
    where j.job_id = p_job_id and (j.state = 'held' or (p_payload is null and not p_release));
    return found;
end;
$$;
comment on function trap.change_job is
'Changes a job: what it is to do, as long as it is held; when it is removed, at any time; or lets it be begun. Returns whether it could.';
