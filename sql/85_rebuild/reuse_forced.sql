-- Answers the forced fits that a copied image needs with those of its origin, where one was made within a tenth of a beam of the
-- same place, or was found to have no pixels there; returns the others, which need the pixels. Both images may be corrected, each in its
-- own way: places and fits are those of the file, as they are when pixels are measured.
-- reads: trap_data.image, trap_data.measurement, trap_data.blank_place, trap_data.image_correction
-- writes: trap_data.measurement, trap_data.blank_place, pg_temp.answer
create function trap.reuse_forced(p_image_id bigint)
returns table (
    source_id bigint, kind text, ra double precision, "dec" double precision,
    deconvolved_major double precision, deconvolved_minor double precision, deconvolved_pa double precision,
    blended_row integer
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_image record;
    v_turn record;
    v_row integer;
begin
    perform trap.require_time_step();
    select i.origin_image_id, i.ra, i.dec, i.beam_major, radians(i.beam_major) as cell into v_image
    from trap_data.image as i
    where i.image_id = p_image_id;

    select t.* into v_turn from trap.image_turn(v_image.origin_image_id) as t;

    -- on a grid of cells one beam wide, as in group_detections
    truncate pg_temp.answer;
    with request as (
        select r.*, floor(c.l / v_image.cell)::bigint as cell_l, floor(c.m / v_image.cell)::bigint as cell_m
        from trap.forced_request(p_image_id) as r
        cross join lateral trap.direction_cosines(v_image.ra, v_image.dec, r.ra, r.dec) as c
    ),

    origin as (
        select
            m.measurement_id, m.kind::text as kind, own.ra, own.dec,
            floor(c.l / v_image.cell)::bigint as cell_l, floor(c.m / v_image.cell)::bigint as cell_m
        from trap_data.measurement as m
        cross join lateral trap.sky_position_turned(v_turn.ra_0, v_turn.dec_0, -v_turn.east, -v_turn.north, m.ra, m.dec) as own
        cross join lateral trap.direction_cosines(v_image.ra, v_image.dec, own.ra, own.dec) as c
        where
            m.dataset_id = trap.dataset_of(v_image.origin_image_id)
            and trap.is_in_image(m.measurement_id, v_image.origin_image_id)
            and m.kind <> 'blind'
        union all
        select
            null, kind.name, own.ra, own.dec, floor(c.l / v_image.cell)::bigint as cell_l, floor(c.m / v_image.cell)::bigint as cell_m
        from trap_data.blank_place as b
        cross join lateral trap.sky_position_turned(v_turn.ra_0, v_turn.dec_0, -v_turn.east, -v_turn.north, b.ra, b.dec) as own
        cross join lateral trap.direction_cosines(v_image.ra, v_image.dec, own.ra, own.dec) as c
        cross join (values ('null_detection'), ('monitored')) as kind (name)
        where b.image_id = v_image.origin_image_id
    ),

    nearest as (
        select distinct on (r.source_id) r.source_id, o.measurement_id
        from request as r
        cross join (values (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)) as step (l, m)
        inner join origin as o
            on r.kind = o.kind and o.cell_l = r.cell_l + step.l and o.cell_m = r.cell_m + step.m
        where trap.angular_separation(r.ra, r.dec, o.ra, o.dec) < v_image.beam_major / 10
        order by r.source_id, trap.angular_separation(r.ra, r.dec, o.ra, o.dec), o.measurement_id
    )

    insert into pg_temp.answer (
        source_id, kind, ra, dec, deconvolved_major, deconvolved_minor, deconvolved_pa, blended_row, origin_id, is_blank
    )
    select
        r.source_id, r.kind, r.ra, r.dec, r.deconvolved_major, r.deconvolved_minor, r.deconvolved_pa, r.blended_row,
        n.measurement_id, n.source_id is not null and n.measurement_id is null
    from request as r
    left join nearest as n on r.source_id = n.source_id;

    v_row := trap.next_row(p_image_id);
    insert into trap_data.measurement (
        dataset_id, measurement_id, kind, forced_for, ra, dec, ra_err, dec_err, ra_fit_err, dec_fit_err,
        peak_flux, peak_flux_err, peak_flux_raw, int_flux, int_flux_err, snr, local_rms, background,
        major, minor, pa, major_err, minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa,
        deconvolved_major_err, deconvolved_minor_err, deconvolved_pa_err,
        chi2, x, y, island, flags, usable
    )
    select
        v_dataset_id, trap.measurement_id(p_image_id, v_row + row_number() over (order by a.source_id) - 1),
        m.kind, a.source_id,
        m.ra, m.dec, m.ra_err, m.dec_err, m.ra_fit_err, m.dec_fit_err,
        m.peak_flux, m.peak_flux_err, m.peak_flux_raw, m.int_flux, m.int_flux_err, m.snr, m.local_rms, m.background,
        m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err, m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
        m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err,
        m.chi2, m.x, m.y, m.island, m.flags, m.usable
    from pg_temp.answer as a
    inner join trap_data.measurement as m
        on m.dataset_id = trap.dataset_of(v_image.origin_image_id) and a.origin_id = m.measurement_id;
    perform trap.correct_measurements(
        array(
            select m.measurement_id
            from trap_data.measurement as m
            where
                m.dataset_id = v_dataset_id and trap.is_in_image(m.measurement_id, p_image_id)
                and m.measurement_id >= trap.measurement_id(p_image_id, v_row)
        ),
        v_image.origin_image_id, -1
    );
    perform trap.add_blank_places(p_image_id, array_agg(a.source_id), array_agg(a.ra), array_agg(a.dec))
    from pg_temp.answer as a
    where a.is_blank
    having count(*) > 0;
    return query
    select a.source_id, a.kind, a.ra, a.dec, a.deconvolved_major, a.deconvolved_minor, a.deconvolved_pa, a.blended_row
    from pg_temp.answer as a
    where a.origin_id is null and not a.is_blank
    order by a.source_id;
end;
$$;
comment on function trap.reuse_forced is
'Copies the forced fits that a copied image needs from its origin where they agree within a tenth of a beam; returns the requests '
'that are left, positions in deg.';
