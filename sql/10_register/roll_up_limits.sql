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
    insert into trap_data.sky_region_limit as l (
        sky_region_id, band_id, stokes, detection_threshold, image_id, rms_min, rms_max, image_count
    )
    select distinct on (i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
        i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.image_id, i.rms_min, i.rms_max,
        count(*) over (partition by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
    from trap_data.image as i
    where
        i.status = 'accepted'
        -- Between these two ids lie no images of other data sets. Asked for those of the data set as well, a planner without
        -- statistics would read them all.
        and i.image_id >= p_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id)
    order by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.rms_min, i.rms_max, i.image_id
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
        select i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, coalesce(grid.image_id, i.image_id), n.rms, 1
        from trap_data.image as i
        inner join trap_data.image_noise as n on i.image_id = n.image_id
        left join lateral (
            select g.image_id
            from trap_data.sky_region_noise as same
            inner join trap_data.image as g on same.grid_image_id = g.image_id
            inner join trap_data.image_noise as m on same.grid_image_id = m.image_id
            where
                same.sky_region_id = i.sky_region_id and same.band_id = i.band_id and same.stokes = i.stokes
                and same.detection_threshold = i.detection_threshold
                and array_dims(m.rms) = array_dims(n.rms)
                and trap.grid_shift(
                    g.ra, g.dec, m.l0, m.m0, m.dl, m.dm, i.ra, i.dec, n.l0, n.m0, n.dl, n.dm,
                    array_length(n.rms, 2), array_length(n.rms, 1)
                ) < 0.05
            order by g.image_id
            limit 1
        ) as grid on true
        where i.image_id = v_image_id
        on conflict on constraint sky_region_noise_pkey do update
        set rms_min = trap.smaller_rms(q.rms_min, excluded.rms_min), image_count = q.image_count + excluded.image_count;
    end loop;
end;
$$;
comment on function trap.roll_up_limits is
'Rolls the accepted images of a data set from one image on up into the limits of their sky regions.';
