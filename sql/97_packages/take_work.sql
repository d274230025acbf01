-- Takes what is next of the calls of responders, or of their tasks, with what is to be known of each.
-- Nothing while all is held. What a responder that is held or quiet has in the queue goes back once, to where it is not met again before
-- its time; so does the task of a package that is held, whose worker went away. What is of an event in question is looked at again after
-- a while: a replay restores the event, or it is retracted. Retractions wait for no quiet hours.
-- reads: trap_data.package, trap_data.responder, trap_data.standing_event
-- writes: trap_data.job
create function trap.take_work(p_queue text, p_worker text, p_lease interval, p_most integer)
returns table (
    job_id uuid, token bigint, payload jsonb, attempts integer, event_id bigint, responder text, package_id bigint, task smallint,
    title text, prepared jsonb, before jsonb
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_job record;
    v_taken uuid[];
    v_given integer := 0;
begin
    if p_queue not in ('response', 'task', 'long task') then
        raise exception 'there is no queue "%" of responders', p_queue using errcode = 'TR004';
    end if;
    while v_given = 0 and not exists (select from trap_data.responder as r where r.responder = '*' and r.held)
    loop
        -- a statement of its own, so that what was taken is seen as it is now
        v_taken := array(select t.job_id from trap.take_job(p_queue, p_worker, p_lease, p_most) as t);
        exit when cardinality(v_taken) = 0;
        for v_job in
            select
                j.job_id, j.token, j.payload, j.attempts, coalesce(p.event_id, (j.payload ->> 'event_id')::bigint) as event_id,
                whose.responder, j.package_id, j.task, p.title, j.prepared, j.after,
                coalesce(r.held, false) or coalesce(p.state = 'held', false) as held,
                case
                    when s.questioned_until is not null then now() + interval '10 seconds'
                    when p.event_kind <> 'retraction' then trap.quiet_until(r.quiet_from, r.quiet_until, r.quiet_zone, now())
                end as not_before
            from unnest(v_taken) with ordinality as taken (job_id, number)
            inner join trap_data.job as j on taken.job_id = j.job_id
            left join trap_data.package as p on j.package_id = p.package_id
            cross join lateral (select coalesce(p.responder, j.payload ->> 'responder') as responder) as whose
            left join trap_data.responder as r on whose.responder = r.responder
            left join trap_data.standing_event as s on coalesce(p.event_id, (j.payload ->> 'event_id')::bigint) = s.event_id
            order by taken.number
        loop
            if v_job.held or v_job.not_before is not null then
                update trap_data.job as j
                set
                    state = case when v_job.held then 'held' else 'waiting' end, attempts = j.attempts - 1, lease_until = null,
                    started_at = null, token = j.token + 1, not_before = coalesce(v_job.not_before, j.not_before)
                where j.job_id = v_job.job_id;
                continue;
            end if;
            v_given := v_given + 1;
            return query
            select
                v_job.job_id, v_job.token, v_job.payload, v_job.attempts, v_job.event_id, v_job.responder, v_job.package_id, v_job.task,
                v_job.title, v_job.prepared,
                (
                    select jsonb_object_agg(done.task, done.result)
                    from trap_data.job as done
                    where done.package_id = v_job.package_id and done.task = any(v_job.after)
                );
        end loop;
    end loop;
end;
$$;
comment on function trap.take_work is
'Takes the next calls of responders (queue response), tasks (task) or those that take long (long task) for a worker, until the lease ends: what take_job tells, and of which event and responder it is, what was prepared, and the results of the tasks that it waited for, by number.';
