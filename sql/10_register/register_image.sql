-- Records an image of the open time step with its quality checks; one that fails a check is kept as rejected.
-- reads: trap_data.pipeline_run
-- writes: trap_data.image, trap_data.quality_check, trap_data.dataset; trap_data.band and trap_data.sky_region for new ones
create function trap.register_image(
    p_run_id bigint, p_path text, p_digest text, p_taken_at timestamptz, p_duration double precision,
    p_freq_eff double precision, p_bandwidth double precision, p_stokes text, p_telescope text,
    p_ra double precision, p_dec double precision, p_pixel_scale_x double precision, p_pixel_scale_y double precision,
    p_beam_major double precision, p_beam_minor double precision, p_beam_pa double precision,
    p_rms_median double precision, p_rms_min double precision, p_rms_max double precision,
    p_detection_threshold double precision, p_analysis_threshold double precision,
    p_footprint_ra double precision, p_footprint_dec double precision, p_footprint_radius double precision,
    p_vertex_ra double precision[], p_vertex_dec double precision[],
    p_checks jsonb,
    p_noise_correlation double precision default null, p_searched_area double precision default null,
    p_blank_size double precision default null, p_blank int4multirange default '{}', p_near_blank int4multirange default '{}',
    p_signed boolean default false, p_response_path text default null, p_response_digest text default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step record;
    v_band_id bigint;
    v_sky_region_id bigint;
    v_image_id bigint;
    v_status trap_data.image_status := 'accepted'::trap_data.image_status;
begin
    v_step := trap.require_time_step();
    if p_taken_at <> v_step.taken_at then
        raise exception 'image % was taken at %, not in the open time step %', p_path, p_taken_at, v_step.taken_at
        using errcode = 'TR003';
    end if;
    perform from trap_data.pipeline_run as r where r.run_id = p_run_id and r.dataset_id = v_step.dataset_id;
    if not found then
        raise exception 'run % does not belong to data set %', p_run_id, v_step.dataset_id using errcode = 'TR003';
    end if;

    v_band_id := trap.band_of(v_step.dataset_id, p_freq_eff, p_bandwidth);
    perform from jsonb_to_recordset(p_checks) as c (passed boolean) where not c.passed;
    if found then
        v_status := 'rejected'::trap_data.image_status;
    else
        -- footprints that agree to a tenth of a beam are one, if they are blank at the same places
        v_sky_region_id := trap.sky_region_of(
            v_step.dataset_id, p_footprint_ra, p_footprint_dec, p_footprint_radius, p_vertex_ra, p_vertex_dec, p_beam_major / 10,
            p_blank_size, p_blank, p_near_blank
        );
    end if;

    update trap_data.dataset as d
    set image_count = d.image_count + 1
    where d.dataset_id = v_step.dataset_id
    returning trap.numbered_id(v_step.dataset_id, d.image_count) into v_image_id;

    insert into trap_data.image (
        image_id, dataset_id, run_id, band_id, sky_region_id, status, path, digest, taken_at, duration,
        freq_eff, bandwidth, stokes, telescope, ra, dec, pixel_scale_x, pixel_scale_y, beam_major, beam_minor, beam_pa,
        rms_median, rms_min, rms_max, noise_correlation, searched_area, detection_threshold, analysis_threshold, signed,
        response_path, response_digest
    ) values (
        v_image_id, v_step.dataset_id, p_run_id, v_band_id, v_sky_region_id, v_status, p_path, p_digest, p_taken_at, p_duration,
        p_freq_eff, p_bandwidth, p_stokes, p_telescope, p_ra, p_dec, p_pixel_scale_x, p_pixel_scale_y,
        p_beam_major, p_beam_minor, p_beam_pa,
        p_rms_median, p_rms_min, p_rms_max, p_noise_correlation, p_searched_area, p_detection_threshold, p_analysis_threshold,
        p_signed, p_response_path, p_response_digest
    );
    insert into trap_data.quality_check (image_id, name, value, low, high, passed, detail)
    select v_image_id, c.name, c.value, c.low, c.high, c.passed, c.detail
    from jsonb_to_recordset(p_checks) as c (
        name text, value double precision, low double precision, high double precision, passed boolean, detail text
    );
    return v_image_id;
end;
$$;
comment on function trap.register_image is
'Records an image of the open time step with its quality checks (an array of objects name, value, low, high, passed, detail); '
'rejected if one of them failed. Angles in deg, frequencies in Hz, noise in Jy/beam, its correlation in beams, the searched area in '
'deg^2, blank cells as in trap.grid_cell; p_signed says that sources of either sign were looked for; p_response_path and '
'p_response_digest are of the file beside it that says how its noise goes. Returns its id.';
