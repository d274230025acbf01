-- Takes the next jobs of a queue: the first that wait, or whose worker did not renew its lease, those of a higher priority before.
-- One that was taken too often has failed, and one whose deadline has passed has expired; the tasks of packages are passed over then, and
-- expire_tasks ends them: what follows for a package is not waited for with jobs of others locked. Jobs that somebody else is just
-- taking are passed over.
-- reads: nothing
-- writes: trap_data.job
create function trap.take_job(p_queue text, p_worker text, p_lease interval, p_most integer default 1)
returns table (job_id uuid, token bigint, payload jsonb, attempts integer)
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_job trap_data.job%rowtype;
    v_left integer := p_most;
    v_looks boolean := true;
begin
    perform trap.require_queue(p_queue);
    -- once more where some of those that were found were only ended
    while v_looks and v_left > 0
    loop
        v_looks := false;
        for v_job in
            select j.*
            from generate_series(2, -2, -1) as level (priority)
            cross join lateral (
                select open.*
                from trap_data.job as open
                where
                    open.queue = p_queue and open.priority = level.priority and open.state in ('waiting', 'running')
                    and open.not_before <= now()
                    and (open.state = 'waiting' or open.lease_until < clock_timestamp())
                    and (
                        open.package_id is null
                        or (open.attempts < open.attempts_max and coalesce(open.deadline >= clock_timestamp(), true))
                    )
                order by open.not_before, open.number
                limit v_left
                for update skip locked
            ) as j
            limit v_left
        loop
            if v_job.attempts >= v_job.attempts_max or v_job.deadline < clock_timestamp() then
                perform trap.end_unbegun(v_job);
                v_looks := true;
                continue;
            end if;
            v_left := v_left - 1;
            return query
            update trap_data.job as j
            set
                state = 'running', attempts = j.attempts + 1, token = j.token + 1, worker = p_worker,
                started_at = clock_timestamp(), lease_until = clock_timestamp() + p_lease
            where j.job_id = v_job.job_id
            returning j.job_id, j.token, j.payload, j.attempts;
        end loop;
    end loop;
end;
$$;
comment on function trap.take_job is
'Takes the next jobs of a queue for a worker, one unless more are asked for, until the lease ends: identifier, the token that says so, and what is to be done; no row: there is none.';
