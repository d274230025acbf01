-- All that is known of sources, in each band, as an event keeps it: the figures by which a definition may judge, and those by which a
-- radio astronomer does. Those that compare with the field are there if what is usual in it is given.
-- reads: trap.variability, trap.new_source, trap.running_catalogue, trap.searched_image, trap.curve_point, trap_data.image,
--   trap_data.measurement
-- writes: nothing
create function trap.event_figures(p_dataset_id integer, p_source_ids bigint[], p_usual jsonb)
returns table (source_id bigint, band_id bigint, stokes text, figures jsonb)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    v_elements constant double precision := (
        select sum(i.signs * i.elements) from trap.searched_image as i where i.dataset_id = p_dataset_id
    );
begin
    return query
    with known as materialized (
        select
            v.source_id, v.band_id, v.stokes,
            to_jsonb(v) || jsonb_build_object(
                'monitored', v.monitored::integer, 'noise_chance', trap.noise_chance(trap.noise_peaks(v_elements, v.snr_max)),
                'other_band_significance', (
                    select max(o.eta_int_significance)
                    from trap.variability as o
                    where o.dataset_id = p_dataset_id and o.source_id = v.source_id and (o.band_id, o.stokes) <> (v.band_id, v.stokes)
                )
            ) as figures
        from trap.variability as v
        where v.dataset_id = p_dataset_id and v.source_id = any(p_source_ids)
    ),

    -- before a fork a source has the points of its ancestors: its own last one is later
    last_point as materialized (
        select
            k.source_id, k.band_id, k.stokes,
            jsonb_build_object(
                'last_peak_flux', m.peak_flux, 'last_peak_flux_err', m.peak_flux_err, 'last_int_flux', m.int_flux,
                'last_int_flux_err', m.int_flux_err, 'last_snr', m.snr, 'last_local_rms', m.local_rms, 'last_kind', m.kind,
                'last_measurement_id', m.measurement_id, 'last_taken_at', m.taken_at, 'freq_eff', m.freq_eff, 'bandwidth', m.bandwidth,
                'duration', m.duration, 'beam_major', m.beam_major, 'beam_minor', m.beam_minor, 'beam_pa', m.beam_pa
            ) as figures
        from known as k
        cross join lateral (
            select
                p.measurement_id, p.kind::text as kind, p.peak_flux,
                p.peak_flux_err::double precision as peak_flux_err, p.int_flux,
                p.int_flux_err::double precision as int_flux_err, p.snr, p.local_rms::double precision as local_rms,
                to_char(i.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as taken_at, i.freq_eff, i.bandwidth, i.duration, i.beam_major, i.beam_minor, i.beam_pa
            from trap.curve_point as a
            inner join trap_data.image as i on trap.image_of(a.measurement_id) = i.image_id and i.band_id = k.band_id and i.stokes = k.stokes
            inner join trap_data.measurement as p
                on p.dataset_id = p_dataset_id and a.measurement_id = p.measurement_id and p.usable
            where a.dataset_id = p_dataset_id and not a.inherited and a.source_id = k.source_id
            order by a.measurement_id desc
            limit 1
        ) as m
    ),

    compared as materialized (
        select c.source_id, c.band_id, c.stokes, c.figures
        from trap.compared_figures(p_dataset_id, p_source_ids, p_usual) as c
    ),

    gathered as (
        select
            k.source_id, k.band_id, k.stokes,
            coalesce(to_jsonb(n) || jsonb_build_object('limit_flux', n.local_limit, 'limit_taken_at', l.taken_at), '{}')
            || k.figures
            || jsonb_build_object('ra_err', s.ra_err, 'dec_err', s.dec_err)
            || coalesce(p.figures, '{}')
            || jsonb_build_object('reference_count', 0)
            || coalesce(
                (
                    select jsonb_object_agg(e.key, e.value)
                    from compared as c
                    cross join lateral jsonb_each(c.figures) as e
                    where c.source_id = k.source_id and (c.band_id is null or (c.band_id, c.stokes) = (k.band_id, k.stokes))
                ),
                '{}'
            ) as figures
        from known as k
        inner join trap.running_catalogue as s
            on s.dataset_id = p_dataset_id and k.source_id = s.source_id and s.source_id = any(p_source_ids)
        left join last_point as p on k.source_id = p.source_id and k.band_id = p.band_id and k.stokes = p.stokes
        left join (
            select n.*
            from trap.new_source as n
            where n.dataset_id = p_dataset_id and n.source_id = any(p_source_ids)
        ) as n on k.source_id = n.source_id and k.band_id = n.band_id and k.stokes = n.stokes
        left join lateral (
            select to_char(i.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as taken_at
            from trap_data.image as i
            where i.image_id = n.limiting_image_id
        ) as l on true
    )

    select
        g.source_id, g.band_id, g.stokes,
        (
            select jsonb_object_agg(e.key, e.value)
            from jsonb_each(g.figures) as e
            where
                -- JSON has no number for what is not known
                e.value not in ('null', '"NaN"', '"Infinity"', '"-Infinity"')
                -- of which source, band and images they are is no figure
                and e.key not in ('dataset', 'dataset_id', 'source_id', 'band_id', 'stokes', 'either_sign', 'max_measurement_id', 'limiting_image_id')
        )
    from gathered as g;
end;
$$;
comment on function trap.event_figures is
'All that is known of sources in each band and Stokes parameter, by name and in the units of trap.definition_column, as an event keeps it.';
