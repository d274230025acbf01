-- Puts events into the queue, once for each responder of their watch.
-- reads: trap_data.event
-- writes: nothing
create function trap.wake_responders(p_event_ids bigint[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform trap.add_job(
        'response', jsonb_build_object('event_id', e.event_id, 'responder', r.responder),
        p_dedupe_key => format('%s/%s', e.event_id, r.responder),
        -- a worker that is killed costs one, too
        p_attempts_max => 5
    )
    from trap_data.event as e
    cross join lateral unnest(e.responders) with ordinality as r (responder, number)
    where e.event_id = any(p_event_ids)
    order by e.event_id, r.number;
end;
$$;
comment on function trap.wake_responders is 'Puts events into the queue "response", once for each responder of their watch.';
