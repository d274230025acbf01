-- Where to measure an image by force. Null detections: the sources that its footprint should show, that were known before this
-- time step, that were not found in it, and that have not expired. Monitored positions: those that are active and that it covers,
-- seen or not. Asked when all images of the time step are associated. Places are told as the image's own file has them.
-- reads: pg_temp.seen, trap_data.blended_point, trap_data.source, trap_data.monitor_position, trap_data.image, trap_data.sky_region,
--   trap_data.dataset, trap_data.image_correction
-- writes: nothing
create function trap.forced_request(p_image_id bigint)
returns table (
    source_id bigint, kind text, ra double precision, "dec" double precision,
    deconvolved_major double precision, deconvolved_minor double precision, deconvolved_pa double precision,
    blended_row integer
)
language plpgsql stable security definer
set search_path from current
set plan_cache_mode = force_custom_plan
-- the number of sources in the footprint is estimated a thousand times too low: a nested loop would read the blends for each
set enable_nestloop = off
-- a bitmap reads each page once
set enable_indexscan = off
as $$
declare
    v_step record;
    v_image record;
    v_turn record;
begin
    v_step := trap.require_time_step();
    select
        r.ra, r.dec, r.radius, r.polygon, i.beam_major / 2 as edge, i.beam_major, i.beam_minor, i.beam_pa, d.expiry
    into v_image
    from trap_data.image as i
    -- its one region by the key: a hash join would read those of all images before
    cross join lateral (
        select g.* from trap_data.sky_region as g where g.dataset_id = v_step.dataset_id and g.sky_region_id = i.sky_region_id offset 0
    ) as r
    inner join trap_data.dataset as d on d.dataset_id = v_step.dataset_id
    where i.image_id = p_image_id and trap.dataset_of(p_image_id) = v_step.dataset_id and p_image_id >= v_step.first_image_id;
    if not found then
        raise exception 'image % is not an accepted image of the open time step', p_image_id using errcode = 'TR003';
    end if;

    select t.* into v_turn from trap.image_turn(p_image_id) as t;
    return query
    select
        place.source_id, place.kind, coalesce(own.ra, place.ra), coalesce(own.dec, place.dec),
        shape.deconvolved_major, shape.deconvolved_minor, shape.deconvolved_pa, trap.row_of(b.measurement_id)
    from (
        select unseen.*
        from (
            select
                s.source_id, 'null_detection' as kind, s.ra, s.dec, s.shape_weight, s.shape_ll, s.shape_lm, s.shape_mm
            from trap_data.source as s
            where
                s.dataset_id = v_step.dataset_id
                and s.pos <@ scircle(
                    spoint(radians(v_image.ra), radians(v_image.dec)),
                    radians(least(90, v_image.radius + v_image.edge + 3.001 / 3600))
                )
                and not s.monitored
                and s.source_id < trap.measurement_id(v_step.first_image_id, 0)
                -- a source expires with its time step, not with the first image of it
                and (s.forced_steps < v_image.expiry or s.last_forced_image_id >= v_step.first_image_id)
                -- "seen" is only asked for what an image of this time step shows that came after this one
                and s.last_blind_image_id <> p_image_id
                and (
                    s.last_blind_image_id < v_step.first_image_id
                    or s.source_id not in (select h.source_id from pg_temp.seen as h where h.image_id = p_image_id)
                )
            -- the others are not asked whether they are in the footprint
            offset 0
        ) as unseen
        where trap.region_reaches(v_image.ra, v_image.dec, v_image.radius, v_image.polygon, v_image.edge, unseen.ra, unseen.dec)
        union all
        -- a position alone: it has no shape
        select a.source_id, 'monitored', a.ra, a.dec, 0, 0, 0, 0
        from trap.apparent_position(v_step.dataset_id, v_step.taken_at) as a
        where
            a.active
            and trap.region_reaches(v_image.ra, v_image.dec, v_image.radius, v_image.polygon, v_image.edge, a.ra, a.dec)
        offset 0
    ) as place
    -- nearly no image is turned, and what was never resolved has no shape
    left join lateral (
        select t.ra, t.dec
        from trap.sky_position_turned(v_turn.ra_0, v_turn.dec_0, -v_turn.east, -v_turn.north, place.ra, place.dec) as t
        where v_turn.east <> 0 or v_turn.north <> 0
    ) as own on true
    left join lateral (
        select t.*
        from trap.mean_shape(
            place.shape_weight, place.shape_ll, place.shape_lm, place.shape_mm,
            v_image.beam_major, v_image.beam_minor, v_image.beam_pa
        ) as t
        where place.shape_weight > 0
        -- else it is worked out first and asked for then
        offset 0
    ) as shape on true
    left join (
        select blend.source_id, max(blend.measurement_id) as measurement_id
        from trap_data.blended_point as blend
        where trap.is_in_image(blend.measurement_id, p_image_id)
        group by blend.source_id
    ) as b on place.source_id = b.source_id
    order by place.source_id;
end;
$$;
comment on function trap.forced_request is
'The sources and monitored positions to be measured by force in an image of the open time step: where by its file, and with which '
'shape before the beam''s (NULL: none) [deg]; and the row of the blind measurement that is set aside for the fit (NULL: none).';
