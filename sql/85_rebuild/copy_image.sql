-- Copies an image with its blind measurements into the open time step, to be associated there. The rows keep their numbers, so
-- that a measurement and its origin differ in the image only. If the origin was corrected, that is taken back: how the copy is corrected is
-- for its own data set to say.
-- reads: trap_data.image, trap_data.image_noise, trap_data.quality_check, trap_data.sky_region, trap_data.measurement,
--   trap_data.image_correction, trap_data.dataset, trap_data.pipeline_run
-- writes: trap_data.image, trap_data.image_noise, trap_data.quality_check, trap_data.measurement, trap_data.dataset
create function trap.copy_image(p_run_id bigint, p_origin_image_id bigint) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_origin_dataset_id constant integer := trap.dataset_of(p_origin_image_id);
    v_origin trap_data.image%rowtype;
    v_region trap_data.sky_region%rowtype;
    v_checks jsonb;
    v_image_id bigint;
begin
    select i.* into v_origin
    from trap_data.image as i
    where i.image_id = p_origin_image_id and i.status in ('accepted', 'rewound');
    if not found then
        raise exception 'image % is not one that can be associated anew', p_origin_image_id using errcode = 'TR003';
    end if;
    -- what is not real does not become it, and what is injected stays that, whatever data set it is copied to
    perform
    from trap_data.dataset as o
    inner join trap_data.pipeline_run as u on u.run_id = p_run_id
    inner join trap_data.dataset as d on u.dataset_id = d.dataset_id
    where o.dataset_id = v_origin_dataset_id and o.tense <> 'real' and d.tense not in (o.tense, 'injected');
    if found then
        raise exception 'image % is of a data set that is not real: it can be copied only to one that is not either', p_origin_image_id
        using errcode = 'TR004';
    end if;
    select r.* into v_region
    from trap_data.sky_region as r
    where r.dataset_id = v_origin_dataset_id and r.sky_region_id = v_origin.sky_region_id;
    select coalesce(jsonb_agg(to_jsonb(q)), '[]') into v_checks
    from trap_data.quality_check as q
    where q.image_id = p_origin_image_id;

    v_image_id := trap.register_image(
        p_run_id, v_origin.path, v_origin.digest, v_origin.taken_at, v_origin.duration, v_origin.freq_eff, v_origin.bandwidth,
        v_origin.stokes, v_origin.telescope, v_origin.ra, v_origin.dec, v_origin.pixel_scale_x, v_origin.pixel_scale_y,
        v_origin.beam_major, v_origin.beam_minor, v_origin.beam_pa, v_origin.rms_median, v_origin.rms_min, v_origin.rms_max,
        v_origin.detection_threshold, v_origin.analysis_threshold,
        v_region.ra, v_region.dec, v_region.radius, v_region.vertex_ra, v_region.vertex_dec, v_checks,
        v_origin.noise_correlation, v_origin.searched_area,
        v_region.blank_size, v_region.blank, v_region.near_blank, v_origin.signed,
        v_origin.response_path, v_origin.response_digest
    );
    update trap_data.image as i set origin_image_id = p_origin_image_id where i.image_id = v_image_id;
    insert into trap_data.image_noise (image_id, l0, m0, dl, dm, rms)
    select v_image_id, n.l0, n.m0, n.dl, n.dm, n.rms
    from trap_data.image_noise as n
    where n.image_id = p_origin_image_id;
    insert into trap_data.measurement (
        dataset_id, measurement_id, kind, forced_for, ra, dec, ra_err, dec_err, ra_fit_err, dec_fit_err,
        peak_flux, peak_flux_err, peak_flux_raw, int_flux, int_flux_err, snr, local_rms, background,
        major, minor, pa, major_err, minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa,
        deconvolved_major_err, deconvolved_minor_err, deconvolved_pa_err,
        chi2, x, y, island, flags, usable
    )
    select
        trap.dataset_of(v_image_id), trap.measurement_id(v_image_id, trap.row_of(m.measurement_id)), m.kind, m.forced_for,
        m.ra, m.dec, m.ra_err, m.dec_err, m.ra_fit_err, m.dec_fit_err,
        m.peak_flux, m.peak_flux_err, m.peak_flux_raw, m.int_flux, m.int_flux_err, m.snr, m.local_rms, m.background,
        m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err, m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
        m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err,
        m.chi2, m.x, m.y, m.island, m.flags, m.usable
    from trap_data.measurement as m
    where
        m.dataset_id = v_origin_dataset_id
        and trap.is_in_image(m.measurement_id, p_origin_image_id)
        and m.kind = 'blind'
    order by m.measurement_id;
    perform trap.apply_correction(v_image_id, p_origin_image_id, -1);
    return v_image_id;
end;
$$;
comment on function trap.copy_image is
'Copies an image with its blind measurements as they were before a correction, accepted in another data set or rewound in this one, into the '
'open time step; returns its new id.';
