-- The last packages, and the calls of responders of which none came: those that wait, failed, or had a reason.
-- Of each the last ones of a state are found by an index, however many there are.
-- reads: trap_data.job, trap_data.package
-- writes: nothing
create function trap.responses(
    p_states text[] default null, p_responder text default null, p_event_id bigint default null, p_limit integer default 100
)
returns table (
    response text, state text, event_id bigint, event_kind text, tense text, responder text, title text, reason text,
    created_at timestamptz, opened_at timestamptz, ended_at timestamptz
)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    (
        select
            p.package_id::text, p.state, p.event_id, p.event_kind, p.tense, p.responder, p.title,
            coalesce(
                p.reason,
                (
                    select j.error
                    from trap_data.job as j
                    where j.package_id = p.package_id and j.error is not null
                    order by j.task
                    limit 1
                )
            ),
            p.created_at, p.opened_at, p.ended_at
        from
            unnest(coalesce(p_states, array['held', 'open', 'done', 'failed', 'cancelled', 'refused'])) as wanted (state)
        cross join lateral (
            select package.*
            from trap_data.package
            where
                package.state = wanted.state and (p_responder is null or package.responder = p_responder)
                and (p_event_id is null or package.event_id = p_event_id)
            order by package.created_at desc
            limit p_limit
        ) as p
        union all
        select
            j.dedupe_key, j.state, (j.payload ->> 'event_id')::bigint, null, null, j.payload ->> 'responder', 'a call', j.error,
            j.created_at, null, j.ended_at
        from (
            select job.*
            from trap_data.job
            where
                job.queue = 'response' and job.state in ('held', 'waiting', 'running', 'failed', 'expired', 'aborted')
                and (p_states is null or case job.state when 'waiting' then 'open' when 'running' then 'open' else job.state end = any(p_states))
                and (p_responder is null or job.payload ->> 'responder' = p_responder)
                and (p_event_id is null or (job.payload ->> 'event_id')::bigint = p_event_id)
            order by job.number desc
            limit p_limit
        ) as j
    )
    order by 9 desc
    limit p_limit;
end;
$$;
comment on function trap.responses is
'The last packages by their numbers, and by event/responder the calls of responders of which none came; of some states, one responder or one event if these are given, those that came last first.';
