-- Moves points of light curves from rows into stretches, of the next so many sources after one (NULL: one that is drawn): a bite, which is
-- a transaction of its own.
-- Behind an ingest, only what fills whole stretches, of images whose points the ingest leaves alone: neither waits for the other. At once:
-- all, what was left in shorter stretches too, while nobody changes the data set; if somebody does, as behind an ingest.
-- Sources whose points cannot be packed, because they are damaged, are left out by whoever found that: a bite is all or nothing.
-- A source has 27 points in a stretch: three stretches fill a page (docs/concepts.md).
-- reads: trap_data.source, trap_data.measurement, trap_data.image
-- writes: trap_data.curve_stretch, trap_data.association
create function trap.pack_points(
    p_dataset_id integer, p_after_source_id bigint, p_sources integer, p_at_once boolean, p_left_out bigint[] default '{}',
    out last_source_id bigint, out points bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    c_length constant integer := 27;
    v_all boolean := false;
    v_after bigint := p_after_source_id;
    v_bound bigint;
    v_sources bigint[];
    v_short bigint[];
    v_moved bigint;
begin
    if p_at_once then
        v_all := pg_try_advisory_xact_lock(hashtext('trapdb data set'), p_dataset_id);
    end if;
    perform trap.lock_curves(p_dataset_id);
    points := 0;
    if v_after is null then
        -- an ingest of a few images does not begin where the last one did
        select s.source_id - 1 into v_after
        from trap_data.source as s
        where s.dataset_id = p_dataset_id
        order by random()
        limit 1;
    end if;
    select array_agg(s.source_id), max(s.source_id) into v_sources, last_source_id
    from (
        select every.source_id
        from trap_data.source as every
        where every.dataset_id = p_dataset_id and every.source_id > v_after and every.source_id <> all(p_left_out)
        order by every.source_id
        limit p_sources
    ) as s;
    if last_source_id is null then
        if p_at_once then
            perform trap.shrink_point_key(p_dataset_id);
        end if;
        return;
    end if;
    v_bound := case
        when v_all then trap.measurement_id(trap.numbered_id(p_dataset_id + 1, 0), 0) else trap.settled_measurement_id(p_dataset_id)
    end;

    -- stretches that are not full are filled when there is something to fill them with
    v_short := array(
        select distinct c.source_id
        from trap_data.curve_stretch as c
        cross join lateral (
            select count(*) as n
            from trap_data.association as a
            where a.dataset_id = p_dataset_id and a.source_id = c.source_id and a.measurement_id < v_bound
            offset 0
        ) as left_over
        where
            c.dataset_id = p_dataset_id and c.source_id = any(v_sources) and cardinality(c.measurement_ids) < c_length
            and c.last_measurement_id < v_bound
            and left_over.n >= case when v_all then 1 else c_length - cardinality(c.measurement_ids) end
    );
    if v_short <> '{}' then
        perform trap.unpack_points(p_dataset_id, v_short, 0, c_length);
    end if;

    with point as materialized (
        select
            a.source_id, a.measurement_id, a.kind, a.de_ruiter_radius, a.separation_arcsec, a.known_image_id, a.backfilled,
            m.ra, m.dec, m.peak_flux, m.peak_flux_err, m.int_flux, m.int_flux_err, m.local_rms, m.snr, m.usable,
            m.flags::integer as flags, coalesce(m.siblings, 0) as siblings,
            i.image_id, i.taken_at, i.freq_eff, i.band_id, i.stokes,
            row_number() over (partition by a.source_id, i.band_id, i.stokes order by a.measurement_id) - 1 as place,
            count(*) over (partition by a.source_id, i.band_id, i.stokes) as n
        from trap_data.association as a
        inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and a.measurement_id = m.measurement_id
        inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
        where
            a.dataset_id = p_dataset_id and a.source_id = any(v_sources) and a.measurement_id < v_bound
            -- as packed_point has it
            and m.kind::text = case when a.kind in ('null_detection', 'monitored') then a.kind::text else 'blind' end
    ),

    chosen as materialized (
        select p.*, p.place / c_length as stretch
        from point as p
        where v_all or p.place < p.n / c_length * c_length
    ),

    packed as (
        insert into trap_data.curve_stretch (
            dataset_id, source_id, band_id, stokes, first_measurement_id, last_measurement_id, last_known_image_id, measurement_ids,
            taken_at, freq_eff, places, fluxes, flux_errors, snr, de_ruiter_radius, separation_arcsec, codes, known_after, flags, siblings
        )
        select
            p_dataset_id, k.source_id, k.band_id, k.stokes, min(k.measurement_id), max(k.measurement_id), max(k.known_image_id),
            array_agg(k.measurement_id), array_agg(k.taken_at),
            case
                when min(k.freq_eff) = max(k.freq_eff) then array[min(k.freq_eff)]
                else array_agg(k.freq_eff)
            end,
            array[array_agg(k.ra), array_agg(k.dec)],
            array[array_agg(k.peak_flux), array_agg(k.int_flux)],
            array[array_agg(k.peak_flux_err), array_agg(k.int_flux_err), array_agg(k.local_rms)],
            array_agg(k.snr),
            array_agg(k.de_ruiter_radius), array_agg(k.separation_arcsec),
            array_agg(
                (
                    array_position(enum_range(null::trap_data.association_kind), k.kind)
                    + case when k.usable then 16 else 0 end + case when k.backfilled then 32 else 0 end
                )::smallint
            ),
            case
                when min(k.known_image_id - k.image_id) = max(k.known_image_id - k.image_id)
                    then array[min(k.known_image_id - k.image_id)::integer]
                else array_agg((k.known_image_id - k.image_id)::integer)
            end,
            case when min(k.flags) = max(k.flags) then array[min(k.flags)] else array_agg(k.flags) end,
            case
                when min(k.siblings) = max(k.siblings) then array[min(k.siblings)]
                else array_agg(k.siblings)
            end
        -- sorted once, for all arrays; the checks of the table refuse what is not
        from (
            select c.*
            from chosen as c
            order by c.source_id, c.band_id, c.stokes, c.stretch, c.measurement_id
        ) as k
        group by k.source_id, k.band_id, k.stokes, k.stretch
        -- the stretches of a source beside each other
        order by k.source_id, k.band_id, k.stokes, k.stretch
        returning cardinality(measurement_ids) as n
    ),

    gone as (
        delete from trap_data.association as a
        using chosen as k
        where a.dataset_id = p_dataset_id and a.source_id = k.source_id and a.measurement_id = k.measurement_id
        returning 1
    )

    select (select coalesce(sum(p.n), 0) from packed as p), (select count(*) from gone)
    into points, v_moved;
    if points <> v_moved then
        raise exception '% points of data set % would be in stretches, and % rows less be there', points, p_dataset_id, v_moved;
    end if;
end;
$$;
comment on function trap.pack_points is
'Moves points of light curves into stretches, of the next so many sources after one; returns the last of these, NULL if there is none, and '
'how many points were moved.';
