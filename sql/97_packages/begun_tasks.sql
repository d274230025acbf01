-- What a responder had begun about the events that a retraction withdraws: somebody may have learnt of it; not by a task that is prepared
-- before it is sent, where it was not even that.
-- reads: trap_data.event, trap_data.job, trap_data.package
-- writes: nothing
create function trap.begun_tasks(p_event_id bigint, p_responder text)
returns table (kind text, arguments jsonb, is_long boolean, told boolean)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select distinct
        j.payload ->> 'kind', j.payload -> 'arguments', j.queue = 'long task',
        j.payload ->> 'kind' = 'file' or (
            trap.leaves_house(j.payload ->> 'kind')
            and (j.prepared is not null or j.payload ->> 'kind' not in ('kafka', 'mail', 'voevent', 'webhook'))
        )
    from trap_data.event as r
    inner join trap_data.event as e
        on
            (e.first_event_id = r.first_event_id or e.event_id = r.first_event_id) and e.kind <> 'retraction'
            and e.event_id < r.event_id and (e.taken_at, e.event_id) >= (r.taken_at, r.previous_event_id)
    inner join trap_data.package as p on e.event_id = p.event_id and p.responder = p_responder
    inner join trap_data.job as j on p.package_id = j.package_id
    where
        r.event_id = p_event_id and r.kind = 'retraction'
        -- who lets it be tried again has set the attempts back
        and (j.attempts > 0 or j.started_at is not null or j.prepared is not null);
end;
$$;
comment on function trap.begun_tasks is
'What a responder had begun about the events that a retraction withdraws: kind and arguments of the tasks, and whether somebody was told by them.';
