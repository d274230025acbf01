-- Where to measure an image by force. Null detections: the sources that its footprint should show, that were known before this
-- time step, that were not found in it, and that have not expired. Monitored positions: those that are active and that it covers,
-- seen or not. Asked when all images of the time step are associated.
-- reads: pg_temp.seen, trap_data.source, trap_data.monitor_position, trap_data.image, trap_data.sky_region, trap_data.dataset
-- writes: nothing
create function trap.forced_request(p_image_id bigint)
returns table (
    source_id bigint, kind text, ra double precision, "dec" double precision,
    deconvolved_major double precision, deconvolved_minor double precision, deconvolved_pa double precision
)
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
-- the number of sources in the footprint is estimated a thousand times too low: a nested loop would read "seen" for each
set enable_nestloop = off
as $$
declare
    v_step record;
    v_footprint record;
begin
    v_step := trap.require_time_step();
    select r.ra, r.dec, r.radius, r.polygon, i.beam_major / 2 as edge, d.expiry into v_footprint
    from trap_data.image as i
    inner join trap_data.sky_region as r on r.dataset_id = v_step.dataset_id and i.sky_region_id = r.sky_region_id
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    where i.image_id = p_image_id and i.dataset_id = v_step.dataset_id and i.image_id >= v_step.first_image_id;
    if not found then
        raise exception 'image % is not an accepted image of the open time step', p_image_id using errcode = 'TR003';
    end if;

    analyze pg_temp.seen;
    return query
    select
        s.source_id, 'null_detection', s.ra, s.dec, null::double precision, null::double precision, null::double precision
    from trap_data.source as s
    where
        s.dataset_id = v_step.dataset_id
        and s.pos <@ scircle(
            spoint(radians(v_footprint.ra), radians(v_footprint.dec)),
            radians(least(90, v_footprint.radius + v_footprint.edge + 3.001 / 3600))
        )
        and trap.region_reaches(
            v_footprint.ra, v_footprint.dec, v_footprint.radius, v_footprint.polygon, v_footprint.edge, s.ra, s.dec
        )
        and not s.monitored
        and s.source_id < v_step.first_image_id << 20
        -- a source expires with its time step, not with the first image of it
        and (s.forced_steps < v_footprint.expiry or s.last_forced_image_id >= v_step.first_image_id)
        and not exists (
            select from pg_temp.seen as found_here
            where found_here.image_id = p_image_id and found_here.source_id = s.source_id
        )
    union all
    select a.source_id, 'monitored', a.ra, a.dec, null::double precision, null::double precision, null::double precision
    from trap.apparent_position(v_step.dataset_id, v_step.taken_at) as a
    where
        a.active
        and trap.region_reaches(
            v_footprint.ra, v_footprint.dec, v_footprint.radius, v_footprint.polygon, v_footprint.edge, a.ra, a.dec
        )
    order by 1;
end;
$$;
comment on function trap.forced_request is
'The sources and monitored positions to be measured by force in an image of the open time step: where, and with which shape '
'before the beam''s (NULL: none) [deg].';
