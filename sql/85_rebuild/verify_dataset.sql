-- Recomputes a data set's catalogue from its stored measurements, and checks what foreign keys would, and the checksum if it is
-- published; a row a difference.
-- reads: trap.curve_point, trap_data.curve_stretch, trap_data.image, trap_data.measurement, trap_data.source, trap_data.source_flux,
--   trap_data.new_source, trap_data.monitor_position, trap_data.blended_point, trap_data.sky_region_limit, trap_data.sky_region_noise,
--   trap_data.dataset_reference, trap_data.reference_match, trap_data.publication, trap_data.stamp, trap_data.event,
--   trap_data.standing_event, trap_data.image_leakage
-- writes: nothing
create function trap.verify_dataset(p_dataset text)
returns table (problem text, id bigint, stored text, recomputed text)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
-- everything is compared once: before the tables were analysed, nested loops took minutes
set enable_nestloop = off
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select 'sums of the source', s.source_id, to_jsonb(s)::text, to_jsonb(r)::text
    from (select * from trap_data.source as every where every.dataset_id = v_dataset_id) as s
    full join trap.recomputed_source(v_dataset_id, null) as r on s.source_id = r.source_id
    where
        (s.n_blind, s.n_forced, s.forced_steps, s.last_forced_image_id, s.first_seen, s.last_seen, s.last_blind_image_id)
        is distinct from
        (r.n_blind, r.n_forced, r.forced_steps, r.last_forced_image_id, r.first_seen, r.last_seen, r.last_blind_image_id)
        or trap.differs(s.weight_l, r.weight_l, r.weight_l)
        or trap.differs(s.weight_m, r.weight_m, r.weight_m)
        -- direction cosines are small numbers: their sums are compared on the scale of an arcsecond
        or trap.differs(s.weighted_l, r.weighted_l, abs(r.weighted_l) + r.weight_l * radians(1.0 / 3600))
        or trap.differs(s.weighted_m, r.weighted_m, abs(r.weighted_m) + r.weight_m * radians(1.0 / 3600))
        or trap.differs(s.ra_err, 1 / sqrt(nullif(r.weight_l, 0)), s.ra_err)
        or trap.differs(s.dec_err, 1 / sqrt(nullif(r.weight_m, 0)), s.dec_err)
        or trap.differs(s.shape_weight, r.shape_weight, r.shape_weight)
        -- moments that noise leaves of those of fit and beam: on the scale of both and of an arcsecond
        or trap.differs(s.shape_ll, r.shape_ll, abs(r.shape_ll) + abs(r.shape_mm) + power(1.0 / 3600, 2))
        or trap.differs(s.shape_lm, r.shape_lm, abs(r.shape_ll) + abs(r.shape_mm) + power(1.0 / 3600, 2))
        or trap.differs(s.shape_mm, r.shape_mm, abs(r.shape_ll) + abs(r.shape_mm) + power(1.0 / 3600, 2))
    order by 2;

    return query
    select 'fluxes of the source', coalesce(f.source_id, r.source_id), to_jsonb(f)::text, to_jsonb(r)::text
    from (select * from trap_data.source_flux as every where every.dataset_id = v_dataset_id) as f
    full join trap.recomputed_flux(v_dataset_id, null) as r
        on f.source_id = r.source_id and f.band_id = r.band_id and f.stokes = r.stokes
    where
        (f.n, f.n_blind, f.snr_max, f.peak_max, f.peak_max_err, f.max_measurement_id, f.either_sign)
        is distinct from (r.n, r.n_blind, r.snr_max, r.peak_max, r.peak_max_err, r.max_measurement_id, r.either_sign)
        or trap.differs(f.int_variance_sum, r.int_variance_sum, r.int_variance_sum)
        or trap.differs(f.peak_variance_sum, r.peak_variance_sum, r.peak_variance_sum)
        -- times are compared on the scale of a day
        or trap.differs(f.time_mean, r.time_mean, 1)
        or trap.differs(f.time_m2, r.time_m2, r.time_m2 + r.peak_weight)
        or trap.differs(
            f.time_peak, r.time_peak,
            sqrt((r.time_m2 + r.peak_weight) * (r.peak_weighted_m2 + r.peak_weight * r.peak_mean * r.peak_mean))
        )
        or trap.differs(f.int_mean, r.int_mean, sqrt(r.int_mean * r.int_mean + r.int_m2))
        or trap.differs(f.int_m2, r.int_m2, r.int_mean * r.int_mean + r.int_m2)
        or trap.differs(f.int_weight, r.int_weight, r.int_weight)
        or trap.differs(f.int_weighted_mean, r.int_weighted_mean, sqrt(r.int_mean * r.int_mean + r.int_m2))
        or trap.differs(f.int_weighted_m2, r.int_weighted_m2, r.int_weighted_m2 + r.int_weight * r.int_mean * r.int_mean)
        or trap.differs(f.peak_mean, r.peak_mean, sqrt(r.peak_mean * r.peak_mean + r.peak_m2))
        or trap.differs(f.peak_m2, r.peak_m2, r.peak_mean * r.peak_mean + r.peak_m2)
        or trap.differs(f.peak_weight, r.peak_weight, r.peak_weight)
        or trap.differs(f.peak_weighted_mean, r.peak_weighted_mean, sqrt(r.peak_mean * r.peak_mean + r.peak_m2))
        or trap.differs(f.peak_weighted_m2, r.peak_weighted_m2, r.peak_weighted_m2 + r.peak_weight * r.peak_mean * r.peak_mean)
    order by 2;

    return query
    select 'points before the discovery', n.source_id, to_jsonb(n)::text, to_jsonb(r)::text
    from trap_data.new_source as n
    inner join trap.recomputed_before(v_dataset_id, null) as r on n.source_id = r.source_id
    where
        n.before_n is distinct from r.n
        or trap.differs(n.before_weight, r.weight, r.weight)
        -- means are compared on the scale of their error
        or trap.differs(n.before_flux, r.flux, abs(r.flux) + 1 / sqrt(nullif(r.weight, 0)))
    order by 2;

    return query
    select 'limits of the new source', coalesce(n.source_id, r.source_id), to_jsonb(n)::text, to_jsonb(r)::text
    from (select * from trap_data.new_source as every where every.dataset_id = v_dataset_id) as n
    full join trap.recomputed_source_limit(v_dataset_id) as r on n.source_id = r.source_id
    where
        (n.limiting_image_id, n.limiting_rms_min, n.limiting_rms_max, n.detection_threshold, n.covering_images)
        is distinct from
        (r.limiting_image_id, r.limiting_rms_min, r.limiting_rms_max, r.detection_threshold, r.covering_images)
        or case
            when trap.differs(n.local_limit, r.local_limit, r.local_limit)
                then trap.differs(n.local_limit, trap.least_limit(n.source_id), r.local_limit)
        end
    order by 2;

    return query
    select 'limits of the sky region', coalesce(l.sky_region_id, r.sky_region_id), to_jsonb(l)::text, to_jsonb(r)::text
    from (
        select * from trap_data.sky_region_limit as every where trap.is_in_dataset(every.sky_region_id, v_dataset_id)
    ) as l
    full join trap.deepest_image(v_dataset_id, trap.numbered_id(v_dataset_id, 0)) as r
        on l.sky_region_id = r.sky_region_id and l.band_id = r.band_id and l.stokes = r.stokes
        and l.detection_threshold = r.detection_threshold
    where l is distinct from r
    order by 2;

    -- a map is long: its digest shows that it differs
    return query
    select
        'noise of the sky region', coalesce(q.sky_region_id, r.sky_region_id),
        (to_jsonb(q) || jsonb_build_object('rms_min', md5(q.rms_min::text)))::text,
        (to_jsonb(r) || jsonb_build_object('rms_min', md5(r.rms_min::text)))::text
    from (
        select * from trap_data.sky_region_noise as every where trap.is_in_dataset(every.sky_region_id, v_dataset_id)
    ) as q
    full join (select * from trap.recomputed_noise(v_dataset_id) as every where every.is_last) as r
        on q.sky_region_id = r.sky_region_id and q.band_id = r.band_id and q.stokes = r.stokes
        and q.detection_threshold = r.detection_threshold and q.grid_image_id = r.grid_image_id
    where (q.rms_min, q.image_count) is distinct from (r.rms_min, r.image_count)
    order by 2;

    -- images that were taken before leakage was fitted have none
    return query
    select 'leakage of the image', k.image_id, to_jsonb(k)::text, to_jsonb(r)::text
    from (select * from trap_data.image_leakage as every where trap.is_in_dataset(every.image_id, v_dataset_id)) as k
    left join trap.recomputed_leakage(v_dataset_id, trap.numbered_id(v_dataset_id, 0), null) as r on k.image_id = r.image_id
    where
        (k.total_image_id, k.known_image_id, k.n_sources, k.is_fitted, array_dims(k.coefficients))
        is distinct from (r.total_image_id, r.known_image_id, r.n_sources, r.is_fitted, array_dims(r.coefficients))
        or trap.differs(k.scatter, r.scatter, r.scatter + 1)
        or trap.differs(k.coefficients[1], r.coefficients[1], sqrt(r.covariance[1][1]) + 1)
    order by 2;

    return query
    select 'monitored position and source are not both there', coalesce(m.source_id, s.source_id), to_jsonb(m)::text, to_jsonb(s)::text
    from (select * from trap_data.monitor_position as every where every.dataset_id = v_dataset_id) as m
    full join (select * from trap_data.source as every where every.dataset_id = v_dataset_id and every.monitored) as s
        on m.source_id = s.source_id
    where m.source_id is null or s.source_id is null
    order by 2;

    return query
    select 'reference match of the source', coalesce(m.source_id, r.source_id), to_jsonb(m)::text, to_jsonb(r)::text
    from (
        select every.source_id, every.catalogue_id, every.reference_id
        from trap_data.reference_match as every
        where every.dataset_id = v_dataset_id
    ) as m
    full join (
        select n.source_id, k.catalogue_id, n.reference_id
        from trap_data.dataset_reference as k
        cross join lateral trap.search_references(
            v_dataset_id, array(select s.source_id from trap_data.source as s where s.dataset_id = v_dataset_id), k.catalogue_id
        ) as n
        where k.dataset_id = v_dataset_id
    ) as r on m.source_id = r.source_id and m.catalogue_id = r.catalogue_id and m.reference_id = r.reference_id
    where m.source_id is null or r.source_id is null
    order by 2;

    return query
    select 'usable measurement of an accepted image without a source', m.measurement_id, null::text, null::text
    from trap_data.measurement as m
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    where
        m.dataset_id = v_dataset_id and m.usable and i.status = 'accepted'
        and not exists (
            select from trap.curve_point as a
            where a.dataset_id = v_dataset_id and not a.inherited and a.measurement_id = m.measurement_id
        )
        and not exists (select from trap_data.blended_point as b where b.measurement_id = m.measurement_id)
    order by 2;

    return query
    select 'point set aside as blended that is in a light curve', b.measurement_id, to_jsonb(b)::text, null::text
    from trap_data.blended_point as b
    inner join trap.curve_point as a
        on a.dataset_id = v_dataset_id and not a.inherited and b.source_id = a.source_id and b.measurement_id = a.measurement_id
    where b.dataset_id = v_dataset_id
    order by 2;

    return query
    select 'blended point without a source or a measurement', b.measurement_id, to_jsonb(b)::text, null::text
    from trap_data.blended_point as b
    left join trap_data.source as s on s.dataset_id = v_dataset_id and b.source_id = s.source_id
    left join trap_data.measurement as m on m.dataset_id = v_dataset_id and b.measurement_id = m.measurement_id
    where b.dataset_id = v_dataset_id and (s.source_id is null or m.measurement_id is null)
    order by 2;

    return query
    select 'stamp without a source or an image', t.source_id, (to_jsonb(t) - 'fits')::text, null::text
    from trap_data.stamp as t
    inner join trap_data.image as k on t.known_image_id = k.image_id and k.status = 'accepted'
    left join trap_data.source as s on s.dataset_id = v_dataset_id and t.source_id = s.source_id
    left join trap_data.image as i on t.image_id = i.image_id and i.status = 'accepted'
    where t.dataset_id = v_dataset_id and (s.source_id is null or i.image_id is null)
    order by 2;

    return query
    select 'event without its source, or not the last of its episode', e.event_id, to_jsonb(e)::text, null::text
    from (
        select
            s.*,
            row_number() over (partition by s.episode_id order by s.taken_at desc, s.event_id desc) = 1 and w.kind <> 'ended' as is_last
        from trap_data.standing_event as s
        inner join trap_data.event as w on s.event_id = w.event_id
        where s.dataset_id = v_dataset_id and s.questioned_until is null
    ) as e
    left join trap_data.source as s on s.dataset_id = v_dataset_id and e.source_id = s.source_id
    where s.source_id is null or e.is_open <> e.is_last
    order by 2;

    return query
    select 'measurement without an image', m.measurement_id, null::text, null::text
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and not exists (select from trap_data.image as i where i.image_id = trap.image_of(m.measurement_id))
    order by 2;

    return query
    select 'association without a source or a measurement', a.measurement_id, to_jsonb(a)::text, null::text
    from trap.curve_point as a
    left join trap_data.source as s on s.dataset_id = v_dataset_id and a.source_id = s.source_id
    left join trap_data.measurement as m on m.dataset_id = v_dataset_id and a.measurement_id = m.measurement_id
    where a.dataset_id = v_dataset_id and not a.inherited and (s.source_id is null or m.measurement_id is null)
    order by 2;

    return query
    select 'packed point that differs from its measurement', p.measurement_id, to_jsonb(p)::text, (to_jsonb(m) || to_jsonb(i))::text
    from trap_data.curve_stretch as c
    cross join lateral trap.packed_point(c) as p
    left join trap_data.measurement as m on m.dataset_id = v_dataset_id and p.measurement_id = m.measurement_id
    left join trap_data.image as i on p.image_id = i.image_id
    where
        c.dataset_id = v_dataset_id
        and (
            p.image_id, p.taken_at, p.freq_eff, c.band_id, c.stokes, p.measured, p.ra, p.dec, p.peak_flux, p.peak_flux_err, p.int_flux,
            p.int_flux_err, p.local_rms, p.snr, p.usable, p.flags, p.siblings
        )
        is distinct from
        (
            trap.image_of(m.measurement_id), i.taken_at, i.freq_eff, i.band_id, i.stokes, m.kind, m.ra, m.dec, m.peak_flux, m.peak_flux_err, m.int_flux,
            m.int_flux_err, m.local_rms, m.snr, m.usable, m.flags, coalesce(m.siblings, 0)
        )
    order by 2;

    return query
    select
        'stretch of a light curve that says otherwise what it holds', c.source_id,
        format('%s to %s, known with %s', c.first_measurement_id, c.last_measurement_id, c.last_known_image_id),
        format('%s to %s, known with %s', k.first_id, k.last_id, k.known)
    from trap_data.curve_stretch as c
    cross join lateral (
        select min(p.measurement_id) as first_id, max(p.measurement_id) as last_id, max(p.known_image_id) as known
        from trap.packed_point(c) as p
    ) as k
    where
        c.dataset_id = v_dataset_id
        and (c.first_measurement_id, c.last_measurement_id, c.last_known_image_id) is distinct from (k.first_id, k.last_id, k.known)
    order by 2;

    return query
    select 'several points of the source in one image', p.source_id, count(*)::text, '1'
    from trap.curve_point as p
    where p.dataset_id = v_dataset_id
    group by p.source_id, trap.image_of(p.measurement_id)
    having count(*) > 1
    order by 2;

    return query
    select
        'checksum of "' || p.citable_name || '"', null::bigint,
        format('%s: %s images, %s measurements, %s points', p.checksum, p.n_images, p.n_measurements, p.n_points),
        format('%s: %s images, %s measurements, %s points', c.checksum, c.n_images, c.n_measurements, c.n_points)
    from trap_data.publication as p
    cross join lateral trap.dataset_checksum(p.dataset_id) as c
    where
        p.dataset_id = v_dataset_id and p.withdrawn_at is null
        and (p.checksum, p.n_images, p.n_measurements, p.n_points) is distinct from (c.checksum, c.n_images, c.n_measurements, c.n_points);
end;
$$;
comment on function trap.verify_dataset is
'Recomputes the catalogue of a data set from its stored measurements, and its checksum if it is published, and lists every difference; '
'no rows: all is well.';
