-- Images of the open time step of one band, Stokes parameter, outline and duration: products of one observation, of which no more
-- than one is meant, unless the user says so. They need not be blank at the same places. Images that failed a check do not count.
-- reads: trap_data.image, trap_data.sky_region
-- writes: nothing
create function trap.side_by_side() returns table (image_ids bigint[])
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step record;
begin
    v_step := trap.require_time_step();
    return query
    select array_agg(i.image_id order by i.image_id)
    from trap_data.image as i
    -- its one region by the key, as in forced_request
    cross join lateral (
        select g.ra, g.dec, g.radius, g.vertex_ra, g.vertex_dec
        from trap_data.sky_region as g
        where g.dataset_id = v_step.dataset_id and g.sky_region_id = i.sky_region_id
        offset 0
    ) as r
    where
        i.dataset_id = v_step.dataset_id
        and i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id)
        and i.status = 'accepted'
    group by i.band_id, i.stokes, r.ra, r.dec, r.radius, r.vertex_ra, r.vertex_dec, i.duration
    having count(*) > 1;
end;
$$;
comment on function trap.side_by_side is
'The images of the open time step that are of one band, Stokes parameter, outline and duration: a row for each such group.';
