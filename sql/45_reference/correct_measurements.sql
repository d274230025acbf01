-- Corrects measurements as an image was corrected, or takes that back: the one place where the values of a fit are changed.
-- The signal-to-noise ratio, pixel coordinates and shapes stay: shapes turn by no more than the meridians do within the correction.
-- reads: trap_data.image, trap_data.image_correction
-- writes: trap_data.measurement
create function trap.correct_measurements(p_measurement_ids bigint[], p_corrected_image_id bigint, p_direction integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
-- each row by its key, however many there are thought to be
set enable_seqscan = off
as $$
declare
    v_scale double precision;
    v_turn record;
begin
    select power(c.flux_scale, p_direction) into v_scale
    from trap_data.image_correction as c
    where c.image_id = p_corrected_image_id;
    if not found or coalesce(cardinality(p_measurement_ids), 0) = 0 then
        return;
    end if;
    select t.* into v_turn from trap.image_turn(p_corrected_image_id) as t;
    update trap_data.measurement as m
    set
        (ra, dec) = (
            select t.ra, t.dec
            from trap.sky_position_turned(
                v_turn.ra_0, v_turn.dec_0, p_direction * v_turn.east, p_direction * v_turn.north, m.ra, m.dec
            ) as t
        ),
        peak_flux = m.peak_flux * v_scale, peak_flux_err = m.peak_flux_err * v_scale, peak_flux_raw = m.peak_flux_raw * v_scale,
        int_flux = m.int_flux * v_scale, int_flux_err = m.int_flux_err * v_scale,
        local_rms = m.local_rms * v_scale, background = m.background * v_scale
    where
        m.dataset_id = trap.dataset_of(trap.image_of(p_measurement_ids[1]))
        and m.measurement_id = any(p_measurement_ids);
end;
$$;
comment on function trap.correct_measurements is
'Corrects measurements of one image as an image was corrected (direction 1), or takes that correction back (-1).';
