-- Writes what happened to sources at a time step: restores the events in question that happened again, retracts the others up to that
-- step, and stores the rest, with all that is known of them. What is usual in the field is read where that is needed and not given.
-- Two events are the same if they are of one watch, kind, time step, band and Stokes parameter, and of sources that are each other's
-- nearest within half the beam: a replay gives new numbers, and a late image may move a position a little.
-- reads: pg_temp.happening, trap_data.watch, trap_data.dataset, trap_data.source, trap_data.image, trap_data.pipeline_run,
--   trap_data.alembic_version, trap.definition_condition
-- writes: pg_temp.happening, trap_data.event, trap_data.standing_event
create function trap.write_events(
    p_dataset_id integer, p_taken_at timestamptz, p_known_image_id bigint, p_usual jsonb default null
)
returns table (watch_id integer, announced integer, withheld integer)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    v_questioned bigint[];
    v_source_ids bigint[];
    v_announced bigint[];
begin
    -- whoever retracts what is overdue passes over these now
    v_questioned := array(
        select s.event_id
        from trap_data.standing_event as s
        where s.dataset_id = p_dataset_id and s.questioned_until is not null and s.taken_at <= p_taken_at
        for update
    );
    v_source_ids := array(select distinct h.source_id from pg_temp.happening as h);
    if cardinality(v_questioned) = 0 and cardinality(v_source_ids) = 0 then
        return;
    end if;
    update pg_temp.happening as h
    set figures = f.figures
    from trap.event_figures(
        p_dataset_id, v_source_ids,
        case
            when exists (
                select
                from pg_temp.happening as g
                inner join trap_data.watch as w on g.watch_id = w.watch_id
                inner join trap.definition_condition as c on w.definition_name = c.name and c.column_name like '%\_field\_sigma'
            ) then coalesce(p_usual, trap.usual_variability(p_dataset_id))
        end
    ) as f
    where h.source_id = f.source_id and h.band_id = f.band_id and h.stokes = f.stokes;

    with pair as (
        select
            h.ctid as happening, q.event_id,
            row_number() over (partition by h.ctid order by away.separation, q.event_id) as of_happening,
            row_number() over (partition by q.event_id order by away.separation, h.source_id) as of_event
        from trap_data.standing_event as q
        inner join trap_data.event as e on q.event_id = e.event_id
        inner join pg_temp.happening as h
            on q.watch_id = h.watch_id and e.kind = h.kind and e.band_id = h.band_id and e.stokes = h.stokes
            and (h.episode_id is null or q.episode_id = h.episode_id)
        inner join trap_data.source as s
            on s.dataset_id = p_dataset_id and h.source_id = s.source_id and s.source_id = any(v_source_ids)
        cross join lateral (select trap.angular_separation(e.ra, e.dec, s.ra, s.dec) as separation offset 0) as away
        where
            q.event_id = any(v_questioned) and q.taken_at = p_taken_at
            and away.separation <= coalesce((h.figures ->> 'beam_major')::double precision, 0) / 2
    )

    update pg_temp.happening as h
    set restored_event_id = p.event_id
    from pair as p
    where h.ctid = p.happening and p.of_happening = 1 and p.of_event = 1;

    update trap_data.standing_event as s
    set questioned_until = null, is_open = h.kind <> 'ended', source_id = h.source_id
    from pg_temp.happening as h
    where s.event_id = h.restored_event_id;
    perform trap.withdraw_events(
        array(
            select q.event_id
            from unnest(v_questioned) as q (event_id)
            where q.event_id not in (select h.restored_event_id from pg_temp.happening as h where h.restored_event_id is not null)
        ),
        'the time step was associated anew, and does not bring it any more'
    );

    -- of more than a watch lets through those that stand out most are announced
    with ranked as (
        select
            h.ctid as happening, h.watch_id,
            row_number() over (
                partition by h.watch_id order by (h.figures ->> 'snr_max')::double precision desc nulls last, h.source_id, h.band_id, h.stokes
            ) as place
        from pg_temp.happening as h
        where h.announced and h.restored_event_id is null
    )

    update pg_temp.happening as h
    set announced = false, withheld = true
    from ranked as r
    inner join trap_data.watch as w on r.watch_id = w.watch_id
    where h.ctid = r.happening and r.place > w.events_max;

    with written as (
        insert into trap_data.event (
            kind, first_event_id, previous_event_id, tense, announced, watch_id, watch_name, definition_name, conditions, responders,
            priority, dataset_id, dataset_name, source_id, source_name, ra, dec, position_error_arcsec, band_id, stokes, taken_at,
            discovered_at, known_image_id, figures, versions, alert_id
        )
        select
            h.kind, h.episode_id, h.previous_event_id, d.tense, h.announced, w.watch_id, w.name,
            w.definition_name, c.conditions, w.responders, w.priority, d.dataset_id, d.name, s.source_id, s.name, s.ra, s.dec,
            -- of a normal distribution of two coordinates 68 per cent lie within this radius, in errors of one
            case when not s.monitored then 3600 * sqrt(-2 * ln(0.32)) * sqrt((s.ra_err * s.ra_err + s.dec_err * s.dec_err) / 2) end,
            h.band_id, h.stokes, p_taken_at, s.first_seen, p_known_image_id, coalesce(h.figures, '{}'),
            jsonb_build_object(
                'trapdb', r.version, 'schema', (select a.version_num from trap_data.alembic_version as a),
                'definition', encode(sha256(convert_to(c.conditions::text, 'UTF8')), 'hex')
            ),
            w.alert_id
        from pg_temp.happening as h
        inner join trap_data.watch as w on h.watch_id = w.watch_id
        inner join trap_data.dataset as d on d.dataset_id = p_dataset_id
        inner join trap_data.source as s
            on s.dataset_id = p_dataset_id and h.source_id = s.source_id and s.source_id = any(v_source_ids)
        inner join trap_data.image as i on i.image_id = p_known_image_id
        inner join trap_data.pipeline_run as r on i.run_id = r.run_id
        cross join lateral (
            select
                coalesce(
                    jsonb_agg(
                        jsonb_build_object(
                            'column', t.column_name, 'comparison', t.comparison,
                            'value', coalesce(to_jsonb(t.value), to_jsonb(t.text_value))
                        )
                        order by t.number
                    ),
                    '[]'
                ) as conditions
            from trap.definition_condition as t
            where t.name = w.definition_name
        ) as c
        where h.restored_event_id is null
        order by w.priority desc, w.watch_id, (h.figures ->> 'snr_max')::double precision desc nulls last, s.source_id, h.band_id, h.stokes
        returning event_id, kind, first_event_id, watch_id, source_id, announced
    ),

    standing as (
        insert into trap_data.standing_event (event_id, dataset_id, watch_id, episode_id, source_id, taken_at, is_open)
        select e.event_id, p_dataset_id, e.watch_id, coalesce(e.first_event_id, e.event_id), e.source_id, p_taken_at, e.kind <> 'ended'
        from written as e
    )

    select coalesce(array_agg(e.event_id order by e.event_id) filter (where e.announced), '{}') into v_announced
    from written as e;

    -- what went on is not the last of its episode any more
    update trap_data.standing_event as s
    set is_open = false
    from pg_temp.happening as h
    where s.event_id = h.previous_event_id;

    perform trap.wake_responders(v_announced);
    return query
    select h.watch_id, (count(*) filter (where h.announced))::integer, (count(*) filter (where h.withheld))::integer
    from pg_temp.happening as h
    where h.restored_event_id is null
    group by h.watch_id;
end;
$$;
comment on function trap.write_events is
'Writes what happened to sources, of which pg_temp.happening tells, at a time step; returns for each watch how many events were announced, and how '
'many more than it lets through were withheld.';
