-- For each source that is new in this image: the deepest earlier image of the same band and Stokes parameter that covered the
-- place. All that have one are kept; whether the source should have been seen there is asked later, with a margin.
-- reads: pg_temp.detection, pg_temp.resolved_pair, trap_data.dataset, trap_data.image, trap_data.sky_region, trap_data.sky_region_limit
-- writes: trap_data.new_source
create function trap.limit_new_sources(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := (p_image_id >> 24)::integer;
begin
    -- nothing to ask in the first time step, in which everything is new
    perform from trap_data.dataset as d where d.dataset_id = v_dataset_id and d.step_count > 0;
    if not found then
        return;
    end if;
    insert into trap_data.new_source (
        source_id, dataset_id, limiting_image_id, limiting_rms_min, limiting_rms_max, detection_threshold, peak_flux
    )
    select distinct on (p.source_id)
        p.source_id, i.dataset_id, l.image_id, l.rms_min, l.rms_max, l.detection_threshold, x.peak_flux
    from trap_data.image as i
    cross join pg_temp.resolved_pair as p
    inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
    -- a drifting telescope makes a region an image: of all of them the index gives those around the place
    inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and r.circle @> x.pos
    inner join trap_data.sky_region_limit as l
        on r.sky_region_id = l.sky_region_id and i.band_id = l.band_id and i.stokes = l.stokes
    where
        i.image_id = p_image_id
        and p.kind = 'new'
        -- the image's own region covers what was found in it, also at its very edge
        and (r.sky_region_id = i.sky_region_id or trap.region_covers(r.ra, r.dec, r.radius, r.polygon, x.ra, x.dec))
    order by
        p.source_id, l.rms_min * l.detection_threshold, l.rms_max * l.detection_threshold, l.image_id;
end;
$$;
comment on function trap.limit_new_sources is
'Keeps for each source that is new in an image the deepest earlier image that covered the place.';
