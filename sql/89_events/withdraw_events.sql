-- Retracts events of which the cause is gone: of each episode the first of these, and with it all that followed. One retraction tells of
-- them; it wakes the responders if any of
-- them had. What is still to be done about them is cancelled. What is left of the episode goes on.
-- reads: nothing
-- writes: trap_data.event, trap_data.standing_event
create function trap.withdraw_events(p_event_ids bigint[], p_reason text) returns integer
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_announced bigint[];
    v_gone bigint[];
    v_episode_ids bigint[];
begin
    if cardinality(p_event_ids) = 0 then
        return 0;
    end if;
    with first as materialized (
        select distinct on (s.episode_id) s.episode_id, s.event_id, s.taken_at
        from trap_data.standing_event as s
        where s.event_id = any(p_event_ids)
        order by s.episode_id, s.taken_at, s.event_id
    ),

    gone as (
        delete from trap_data.standing_event as s
        using first as f
        where s.episode_id = f.episode_id and (s.taken_at, s.event_id) >= (f.taken_at, f.event_id)
        returning s.episode_id, s.event_id
    ),

    written as (
        insert into trap_data.event (
            kind, first_event_id, previous_event_id, tense, announced, reason, watch_id, watch_name, definition_name, conditions, responders,
            priority, dataset_id, dataset_name, source_id, source_name, ra, dec, position_error_arcsec, band_id, stokes, taken_at,
            discovered_at, known_image_id, figures, versions, alert_id
        )
        select
            'retraction', f.episode_id, e.event_id, e.tense,
            exists (
                select
                from gone as g
                inner join trap_data.event as told on g.event_id = told.event_id
                where g.episode_id = f.episode_id and told.announced
            ),
            p_reason, e.watch_id, e.watch_name, e.definition_name, e.conditions, e.responders,
            e.priority, e.dataset_id, e.dataset_name, e.source_id, e.source_name, e.ra, e.dec, e.position_error_arcsec, e.band_id, e.stokes,
            e.taken_at, e.discovered_at, e.known_image_id, e.figures, e.versions, e.alert_id
        from first as f
        inner join trap_data.event as e on f.event_id = e.event_id
        order by e.event_id
        returning event_id, first_event_id, announced
    )

    select
        coalesce(array_agg(w.event_id order by w.event_id) filter (where w.announced), '{}'),
        coalesce(array_agg(w.first_event_id), '{}'),
        (select array_agg(g.event_id order by g.event_id) from gone as g)
    into v_announced, v_episode_ids, v_gone
    from written as w;
    perform trap.withdraw_packages(v_gone, p_reason);
    perform trap.reopen_episodes(v_episode_ids);
    perform trap.wake_responders(v_announced);
    return cardinality(v_episode_ids);
end;
$$;
comment on function trap.withdraw_events is
'Retracts events, and what followed them in their episodes; returns the number of retractions, one an episode.';
