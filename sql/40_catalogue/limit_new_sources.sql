-- For each source that is new in this image: the deepest earlier image of the same band and Stokes parameter that covered the
-- place, how many there were, and the smallest noise that any of them had at the very place. All that have one are kept; whether
-- the source should have been seen there is asked later, with a margin. Blank pixels show nothing and limit nothing.
-- reads: pg_temp.detection, pg_temp.resolved_pair, trap_data.dataset, trap_data.image, trap_data.image_noise, trap_data.sky_region,
--   trap_data.sky_region_limit, trap_data.sky_region_noise
-- writes: trap_data.new_source
create function trap.limit_new_sources(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_image record;
begin
    -- nothing to ask in the first time step, in which everything is new
    select i.band_id, i.stokes, r.* into v_image
    from trap_data.image as i
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and i.sky_region_id = r.sky_region_id
    where i.image_id = p_image_id and d.step_count > 0;
    if not found then
        return;
    end if;

    insert into trap_data.new_source (
        source_id, dataset_id, limiting_image_id, limiting_rms_min, limiting_rms_max, detection_threshold, peak_flux, peak_flux_err,
        local_limit, covering_images, edge_distance
    )
    select
        d.source_id, v_dataset_id, d.image_id, d.rms_min, d.rms_max, d.detection_threshold, d.peak_flux, d.peak_flux_err,
        d.local_limit, d.covering_images, edge.distance
    from (
        select distinct on (p.source_id)
            p.source_id, x.ra, x.dec, x.peak_flux, x.peak_flux_err, l.image_id, l.rms_min, l.rms_max, l.detection_threshold,
            min(l.detection_threshold * quietest.rms) over (partition by p.source_id) as local_limit,
            sum(l.image_count) over (partition by p.source_id)::integer as covering_images
        from pg_temp.resolved_pair as p
        inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
        -- a drifting telescope makes a region an image: of all of them the index gives those around the place
        inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and r.circle @> x.pos
        inner join trap_data.sky_region_limit as l
            on r.sky_region_id = l.sky_region_id and l.band_id = v_image.band_id and l.stokes = v_image.stokes
        cross join lateral (
            select min(local.rms) as rms
            from trap_data.sky_region_noise as q
            inner join trap_data.image as grid on q.grid_image_id = grid.image_id
            inner join trap_data.image_noise as n on q.grid_image_id = n.image_id
            cross join lateral trap.interpolated_rms(grid.ra, grid.dec, n.l0, n.m0, n.dl, n.dm, q.rms_min, x.ra, x.dec) as local
            where
                q.sky_region_id = l.sky_region_id and q.band_id = l.band_id and q.stokes = l.stokes
                and q.detection_threshold = l.detection_threshold
        ) as quietest
        where
            p.kind = 'new'
            -- the image's own region covers what was found in it, also at its very edge
            and (r.sky_region_id = v_image.sky_region_id or trap.region_covers(r.ra, r.dec, r.radius, r.polygon, x.ra, x.dec))
            and not trap.is_blank(r.ra, r.dec, r.blank_size, r.near_blank, x.ra, x.dec)
        order by p.source_id, l.rms_min * l.detection_threshold, l.rms_max * l.detection_threshold, l.image_id
    ) as d
    cross join lateral trap.edge_distance(
        v_image.ra, v_image.dec, v_image.radius, v_image.vertex_ra, v_image.vertex_dec, d.ra, d.dec
    ) as edge;
end;
$$;
comment on function trap.limit_new_sources is
'Keeps for each source that is new in an image the limits of the earlier images that covered the place.';
