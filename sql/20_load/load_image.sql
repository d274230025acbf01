-- Checks the blind measurements that were copied in for an image and hands the usable ones to association.
-- reads: trap_data.measurement, trap_data.image
-- writes: pg_temp.detection, trap_data.dataset
create function trap.load_image(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- joins are planned by how many there are: a few of them tell the rest
set default_statistics_target = 1
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_step record;
    v_image record;
    v_stranger bigint;
begin
    v_step := trap.require_time_step();
    select i.ra, i.dec, i.beam_major, beam.ll, beam.lm, beam.mm into v_image
    from trap_data.image as i
    cross join lateral trap.gaussian_moments(i.beam_major, i.beam_minor, i.beam_pa) as beam
    where
        i.image_id = p_image_id and trap.dataset_of(p_image_id) = v_step.dataset_id and p_image_id >= v_step.first_image_id
        and i.status = 'accepted';
    if not found then
        raise exception 'image % is not an accepted image of the open time step', p_image_id using errcode = 'TR003';
    end if;
    select m.measurement_id into v_stranger
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and trap.is_in_image(m.measurement_id, p_image_id)
        and m.kind <> 'blind'
    limit 1;
    if found then
        raise exception 'measurement % of image % was forced before the image was associated', v_stranger, p_image_id
        using errcode = 'TR003';
    end if;

    truncate pg_temp.detection;
    insert into pg_temp.detection (
        measurement_id, ra, dec, ra_err, dec_err, int_flux, int_flux_err, peak_flux, peak_flux_err, snr,
        shape_weight, shape_ll, shape_lm, shape_mm, pos, island, l, m
    )
    select
        m.measurement_id, m.ra, m.dec, m.ra_err, m.dec_err, m.int_flux, m.int_flux_err, m.peak_flux, m.peak_flux_err,
        -- of the peak as it was found: the chance that noise made it is known of that
        coalesce(m.peak_flux_raw / m.local_rms, m.snr),
        -- a shape that is not known weighs nothing
        case when num_nulls(m.major, m.minor, m.pa, m.snr, v_image.ll) = 0 then power(m.snr, 2) else 0 end,
        case when num_nulls(m.major, m.minor, m.pa, m.snr, v_image.ll) = 0 then f.ll - v_image.ll else 0 end,
        case when num_nulls(m.major, m.minor, m.pa, m.snr, v_image.ll) = 0 then f.lm - v_image.lm else 0 end,
        case when num_nulls(m.major, m.minor, m.pa, m.snr, v_image.ll) = 0 then f.mm - v_image.mm else 0 end,
        spoint(radians(m.ra), radians(m.dec)), m.island, c.l, c.m
    from trap_data.measurement as m
    cross join lateral trap.direction_cosines(v_image.ra, v_image.dec, m.ra, m.dec) as c
    cross join lateral trap.gaussian_moments(m.major, m.minor, m.pa) as f
    where
        m.dataset_id = v_dataset_id
        and trap.is_in_image(m.measurement_id, p_image_id)
        and m.usable
    order by m.measurement_id;
    analyze pg_temp.detection (measurement_id);

    update trap_data.dataset as d
    set position_err_max = largest.err
    from (select max(greatest(x.ra_err, x.dec_err)) as err from pg_temp.detection as x) as largest
    where d.dataset_id = v_dataset_id and d.position_err_max < largest.err;
end;
$$;
comment on function trap.load_image is 'Checks the blind measurements of an image and makes the usable ones ready for association.';
