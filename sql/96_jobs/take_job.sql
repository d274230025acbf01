-- Takes the next job of a queue: the first that waits, or whose worker did not renew its lease. One that was taken too often has
-- failed. Jobs that somebody else is just taking are passed over.
-- reads: nothing
-- writes: trap_data.job
create function trap.take_job(p_queue text, p_worker text, p_lease interval)
returns table (job_id uuid, token bigint, payload jsonb, attempts integer)
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_job trap_data.job%rowtype;
begin
    loop
        select j.* into v_job
        from trap_data.job as j
        where
            j.queue = p_queue and j.state in ('waiting', 'running') and j.not_before <= now()
            and (j.state = 'waiting' or j.lease_until < clock_timestamp())
        order by j.not_before, j.number
        limit 1
        for update skip locked;
        if not found then
            return;
        end if;
        exit when v_job.attempts < v_job.attempts_max;
        update trap_data.job as j
        set
            state = 'failed', lease_until = null, ended_at = clock_timestamp(), token = j.token + 1,
            error = coalesce(j.error, format('given up: of %s workers that took it, none came back', j.attempts))
        where j.job_id = v_job.job_id;
    end loop;
    return query
    update trap_data.job as j
    set
        state = 'running', attempts = j.attempts + 1, token = j.token + 1, worker = p_worker,
        started_at = clock_timestamp(), lease_until = clock_timestamp() + p_lease
    where j.job_id = v_job.job_id
    returning j.job_id, j.token, j.payload, j.attempts;
end;
$$;
comment on function trap.take_job is
'Takes the next job of a queue for a worker, until the lease ends: its identifier, the token that says so, and what is to be done; no row: there is none.';
