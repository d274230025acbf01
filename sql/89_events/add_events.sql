-- What the open time step brings to those who watch: which sources begin to fulfil a watch, changed, or fulfil it no more. Asked when all
-- points are added, of the sources that have a point in it, found or forced. Of a replayed time step, events that were in question
-- hold again where the same happens, and are retracted where it does not.
-- What is not news is stored, but wakes nobody: what a data set had before it was watched; and copies of another data set's images, or
-- what was made of these, unless the watch names this one.
-- reads: pg_temp.seen, trap_data.watch, trap_data.watch_start, trap_data.dataset, trap_data.image, trap_data.measurement,
--   trap_data.association, trap_data.standing_event, trap_data.event, trap.definition_condition
-- writes: pg_temp.happening, trap_data.standing_event
create function trap.add_events() returns table (watch text, announced integer, withheld integer)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- the sources of the step, each by its keys: tables that were small when they were analysed are not any more
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_step constant record := trap.require_time_step();
    v_watch_ids integer[];
    v_last_image_id bigint;
    v_is_derived boolean;
    v_touched bigint[];
    v_usual jsonb;
begin
    v_watch_ids := array(
        select w.watch_id
        from trap_data.watch as w
        where
            w.dataset_name is null
            or w.dataset_name = (select d.name from trap_data.dataset as d where d.dataset_id = v_step.dataset_id)
        -- whoever removes one waits for the end of the step
        for key share
    );
    if cardinality(v_watch_ids) = 0 then
        return;
    end if;
    -- a replay is under way: what waits for later steps of it waits on, and is written anew seldom
    update trap_data.standing_event as s
    set questioned_until = now() + w.retract_wait
    from trap_data.watch as w
    where
        s.dataset_id = v_step.dataset_id and s.questioned_until < now() + w.retract_wait / 2 and s.taken_at > v_step.taken_at
        and s.watch_id = w.watch_id;
    select max(i.image_id), coalesce(bool_or(trap.dataset_of(i.origin_image_id) <> v_step.dataset_id), false)
    into v_last_image_id, v_is_derived
    from trap_data.image as i
    where i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id) and i.status = 'accepted';
    if v_last_image_id is null then
        return;
    end if;
    v_is_derived := v_is_derived or (
        select coalesce((d.configuration #>> '{dataset,derived}')::boolean, false)
        from trap_data.dataset as d
        where d.dataset_id = v_step.dataset_id
    );
    v_touched := array(
        select f.source_id from pg_temp.seen as f
        union
        select m.forced_for
        from trap_data.measurement as m
        where
            m.dataset_id = v_step.dataset_id and m.measurement_id >= trap.measurement_id(v_step.first_image_id, 0)
            and m.kind <> 'blind' and m.usable
    );

    if exists (
        select
        from trap_data.watch as w
        inner join trap.definition_condition as c on w.definition_name = c.name and c.column_name like '%\_field\_sigma'
        where w.watch_id = any(v_watch_ids)
    ) then
        v_usual := trap.usual_variability(v_step.dataset_id);
    end if;
    perform trap.create_happening_table();
    insert into pg_temp.happening (watch_id, kind, source_id, band_id, stokes, announced, episode_id, previous_event_id)
    with fulfils as materialized (
        select f.watch_id, f.source_id, f.band_id, f.stokes
        from trap.watched_source(v_step.dataset_id, v_watch_ids, v_touched, v_usual, v_step.first_image_id) as f
    ),

    is_open as materialized (
        select
            s.watch_id, s.source_id, e.band_id, e.stokes::text as stokes, s.event_id, s.episode_id, s.taken_at,
            (e.figures ->> 'last_peak_flux')::double precision as peak_flux,
            (e.figures ->> 'last_peak_flux_err')::double precision as peak_flux_err
        from trap_data.standing_event as s
        inner join trap_data.event as e on s.event_id = e.event_id
        where
            s.dataset_id = v_step.dataset_id and s.is_open and s.watch_id = any(v_watch_ids)
            -- an array of thousands as a condition is costly to plan
            and s.source_id in (select f.source_id from unnest(v_touched) as f (source_id))
    )

    select
        w.watch_id, case when o.event_id is null then 'initial' when f.watch_id is null then 'ended' else 'update' end,
        k.source_id, k.band_id, k.stokes,
        not (v_is_derived and w.dataset_name is null)
        and not exists (
            select from trap_data.watch_start as b
            where b.watch_id = w.watch_id and b.dataset_id = v_step.dataset_id and b.taken_at >= v_step.taken_at
        )
        and (
            o.event_id is null
            -- nobody is told how something goes on of which they were not told
            or (f.watch_id is not null or w.announces_end)
            and (select began.announced from trap_data.event as began where began.event_id = o.episode_id)
        ),
        o.episode_id, o.event_id
    from fulfils as f
    full join is_open as o on f.watch_id = o.watch_id and f.source_id = o.source_id and f.band_id = o.band_id and f.stokes = o.stokes
    cross join lateral (
        select
            coalesce(f.watch_id, o.watch_id) as watch_id, coalesce(f.source_id, o.source_id) as source_id,
            coalesce(f.band_id, o.band_id) as band_id, coalesce(f.stokes, o.stokes) as stokes
    ) as k
    inner join trap_data.watch as w on k.watch_id = w.watch_id
    left join lateral (
        select m.peak_flux, m.peak_flux_err::double precision as peak_flux_err
        from trap_data.association as a
        inner join trap_data.image as i on trap.image_of(a.measurement_id) = i.image_id and i.band_id = k.band_id and i.stokes = k.stokes
        inner join trap_data.measurement as m on m.dataset_id = v_step.dataset_id and a.measurement_id = m.measurement_id and m.usable
        where
            o.event_id is not null and f.watch_id is not null
            and num_nonnulls(w.update_factor, w.update_sigma) > 0 and v_step.taken_at - o.taken_at >= w.update_wait
            and a.dataset_id = v_step.dataset_id and a.source_id = k.source_id
            and a.measurement_id >= trap.measurement_id(v_step.first_image_id, 0)
        order by a.measurement_id desc
        limit 1
    ) as p on true
    where
        o.event_id is null or f.watch_id is null
        or trap.is_update(o.peak_flux, o.peak_flux_err, p.peak_flux, p.peak_flux_err, w.update_factor, w.update_sigma);

    return query
    select w.name, t.announced, t.withheld
    from trap.write_events(v_step.dataset_id, v_step.taken_at, v_last_image_id, v_usual) as t
    inner join trap_data.watch as w on t.watch_id = w.watch_id
    order by w.name;
end;
$$;
comment on function trap.add_events is
'Writes what the open time step brings to those who watch, and wakes their responders. Returns for each watch how many events were announced, '
'and how many more than it lets through were withheld.';
