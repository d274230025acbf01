-- Closes the time step: its images now count as limits for sources that appear later.
-- reads: trap_data.image
-- writes: trap_data.sky_region_limit, trap_data.dataset
create function trap.close_time_step() returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step record;
begin
    v_step := trap.require_time_step();

    insert into trap_data.sky_region_limit as l (
        sky_region_id, band_id, stokes, detection_threshold, image_id, rms_min, rms_max, image_count
    )
    select distinct on (i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
        i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.image_id, i.rms_min, i.rms_max,
        count(*) over (partition by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
    from trap_data.image as i
    where i.dataset_id = v_step.dataset_id and i.image_id >= v_step.first_image_id and i.status = 'accepted'
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

    -- a time step of which every image was rejected leaves its place to images that come later
    update trap_data.dataset as d
    set step_count = d.step_count + 1, last_taken_at = v_step.taken_at
    where
        d.dataset_id = v_step.dataset_id
        and exists (
            select
            from trap_data.image as i
            where i.dataset_id = v_step.dataset_id and i.image_id >= v_step.first_image_id and i.status = 'accepted'
        );
    drop table pg_temp.time_step;
end;
$$;
comment on function trap.close_time_step is 'Closes the open time step: rolls its images up into the limits of their sky regions.';
