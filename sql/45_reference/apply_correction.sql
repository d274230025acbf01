-- Corrects all that is stored of an image before it is associated, as an image was corrected, or takes that back.
-- reads: trap_data.image_correction, trap_data.measurement
-- writes: trap_data.image, trap_data.image_noise, trap_data.measurement
create function trap.apply_correction(p_image_id bigint, p_corrected_image_id bigint, p_direction integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_scale double precision;
begin
    select power(c.flux_scale, p_direction) into v_scale
    from trap_data.image_correction as c
    where c.image_id = p_corrected_image_id;
    if not found then
        return;
    end if;
    if v_scale <> 1 then
        update trap_data.image as i
        set rms_median = i.rms_median * v_scale, rms_min = i.rms_min * v_scale, rms_max = i.rms_max * v_scale
        where i.image_id = p_image_id;
        update trap_data.image_noise as n set rms = trap.scaled_rms(n.rms, v_scale) where n.image_id = p_image_id;
    end if;
    perform trap.correct_measurements(
        array(
            select m.measurement_id
            from trap_data.measurement as m
            where m.dataset_id = trap.dataset_of(p_image_id) and trap.is_in_image(m.measurement_id, p_image_id)
        ),
        p_corrected_image_id, p_direction
    );
end;
$$;
comment on function trap.apply_correction is
'Corrects an image, its noise map and its measurements as an image was corrected (direction 1), or takes that correction back (-1).';
