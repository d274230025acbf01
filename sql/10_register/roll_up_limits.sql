-- Rolls images up into the limits of their sky regions: the deepest image of each band, Stokes parameter and threshold, and the
-- smallest noise at each place. Noise maps whose grids agree to a twentieth of a cell have one of these together.
-- reads: trap_data.image, trap_data.image_noise
-- writes: trap_data.sky_region_limit, trap_data.sky_region_noise
create function trap.roll_up_limits(p_dataset_id integer, p_first_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_image_id bigint;
begin
    insert into trap_data.sky_region_limit as l
    select d.*
    from trap.deepest_image(p_dataset_id, p_first_image_id) as d
    on conflict on constraint sky_region_limit_pkey do update
    set
        image_count = l.image_count + excluded.image_count,
        -- the deeper of the two, the earlier one of equals
        (image_id, rms_min, rms_max) = (
            select deepest.image_id, deepest.rms_min, deepest.rms_max
            from (values (l.image_id, l.rms_min, l.rms_max), (excluded.image_id, excluded.rms_min, excluded.rms_max))
                as deepest (image_id, rms_min, rms_max)
            order by deepest.rms_min, deepest.rms_max, deepest.image_id
            limit 1
        );

    -- one after the other: the first image with a grid keeps it for the others
    for v_image_id in
        select i.image_id
        from trap_data.image as i
        where
            i.status = 'accepted'
            and i.image_id >= p_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id)
        order by i.image_id
    loop
        insert into trap_data.sky_region_noise as q (
            sky_region_id, band_id, stokes, detection_threshold, grid_image_id, rms_min, image_count
        )
        select i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, trap.noise_grid_of(i.image_id), n.rms, 1
        from trap_data.image as i
        inner join trap_data.image_noise as n on i.image_id = n.image_id
        where i.image_id = v_image_id
        on conflict on constraint sky_region_noise_pkey do update
        set rms_min = trap.smaller_rms(q.rms_min, excluded.rms_min), image_count = q.image_count + excluded.image_count;
    end loop;
end;
$$;
comment on function trap.roll_up_limits is
'Rolls the accepted images of a data set from one image on up into the limits of their sky regions.';
