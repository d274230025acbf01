-- Puts a job into a queue, or finds the one that has its key: whoever asks twice has one job. A queue may be said to be full: that is
-- looked at before, so that of those who ask at once some may be one too many.
-- reads: nothing
-- writes: trap_data.job
create function trap.add_job(
    p_queue text, p_payload jsonb, p_dedupe_key text default null, p_held boolean default false, p_attempts_max integer default 3,
    p_expires_at timestamptz default null, p_open_max integer default null, p_priority integer default 0,
    p_not_before timestamptz default null, p_deadline timestamptz default null
) returns uuid
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_job_id uuid;
begin
    perform trap.require_queue(p_queue);
    if p_open_max <= (
        select count(*) from trap_data.job as j where j.queue = p_queue and j.state in ('held', 'waiting', 'running')
    ) then
        return null;
    end if;
    insert into trap_data.job as j (queue, payload, dedupe_key, state, attempts_max, expires_at, priority, not_before, deadline)
    values (
        p_queue, p_payload, p_dedupe_key, case when p_held then 'held' else 'waiting' end, p_attempts_max, p_expires_at,
        greatest(-2, least(2, p_priority)), coalesce(p_not_before, now()), p_deadline
    )
    on conflict (queue, dedupe_key) do nothing
    returning j.job_id into v_job_id;
    if not found then
        select j.job_id into strict v_job_id
        from trap_data.job as j
        where j.queue = p_queue and j.dedupe_key = p_dedupe_key;
    end if;
    return v_job_id;
end;
$$;
comment on function trap.add_job is
'Puts a job into a queue, held if it is not to be begun yet, and returns its identifier; that of the one with the same key, if there is one; NULL if as many jobs of the queue have not ended as are given.';
