-- Rolls images up into the limits of their sky regions: the deepest image of each band, Stokes parameter and threshold.
-- reads: trap_data.image
-- writes: trap_data.sky_region_limit
create function trap.roll_up_limits(p_dataset_id integer, p_first_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into trap_data.sky_region_limit as l (
        sky_region_id, band_id, stokes, detection_threshold, image_id, rms_min, rms_max, image_count
    )
    select distinct on (i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
        i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.image_id, i.rms_min, i.rms_max,
        count(*) over (partition by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
    from trap_data.image as i
    where
        i.dataset_id = p_dataset_id and i.status = 'accepted'
        -- between these two ids, by the primary key, lie no images of other data sets
        and i.image_id >= p_first_image_id and i.image_id < (p_dataset_id + 1)::bigint << 24
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
end;
$$;
comment on function trap.roll_up_limits is
'Rolls the accepted images of a data set from one image on up into the limits of their sky regions.';
