-- Where to measure an image by force now, after its own time step: the places of these sources that its footprint covers and that
-- have no point in it, neither their own nor inherited, nor are known to have no pixels. Places are told as the image's own file has
-- them.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap_data.blended_point, trap_data.source,
--   trap_data.monitor_position, trap_data.image, trap_data.sky_region, trap_data.blank_place, trap_data.image_correction
-- writes: nothing
create function trap.backfill_request(p_image_id bigint, p_source_ids bigint[])
returns table (
    source_id bigint, kind text, ra double precision, "dec" double precision,
    deconvolved_major double precision, deconvolved_minor double precision, deconvolved_pa double precision,
    blended_row integer
)
language plpgsql stable security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id integer;
    v_image record;
    v_turn record;
begin
    select s.dataset_id into v_dataset_id from trap.require_time_step() as s;
    -- one that was taken back meanwhile asks for nothing
    select
        r.ra, r.dec, r.radius, r.polygon, i.beam_major / 2 as edge, i.beam_major, i.beam_minor, i.beam_pa, i.taken_at
    into v_image
    from trap_data.image as i
    inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and i.sky_region_id = r.sky_region_id
    where i.image_id = p_image_id and i.dataset_id = v_dataset_id and i.status = 'accepted';

    select t.* into v_turn from trap.image_turn(p_image_id) as t;
    return query
    select
        place.source_id, place.kind, own.ra, own.dec, shape.deconvolved_major, shape.deconvolved_minor, shape.deconvolved_pa,
        trap.row_of(b.measurement_id)
    from (
        select
            s.source_id, 'null_detection' as kind, s.ra, s.dec, s.shape_weight, s.shape_ll, s.shape_lm, s.shape_mm
        from trap_data.source as s
        where s.dataset_id = v_dataset_id and s.source_id = any(p_source_ids) and not s.monitored
        union all
        select a.source_id, 'monitored', a.ra, a.dec, 0, 0, 0, 0
        from trap.apparent_position(v_dataset_id, v_image.taken_at) as a
        where a.source_id = any(p_source_ids) and a.active
    ) as place
    cross join lateral trap.sky_position_turned(v_turn.ra_0, v_turn.dec_0, -v_turn.east, -v_turn.north, place.ra, place.dec) as own
    cross join lateral trap.mean_shape(
        place.shape_weight, place.shape_ll, place.shape_lm, place.shape_mm,
        v_image.beam_major, v_image.beam_minor, v_image.beam_pa
    ) as shape
    left join (
        select blend.source_id, max(blend.measurement_id) as measurement_id
        from trap_data.blended_point as blend
        where
            trap.is_in_image(blend.measurement_id, p_image_id)
            and blend.kind <> 'null_detection'
        group by blend.source_id
    ) as b on place.source_id = b.source_id
    where
        trap.region_reaches(v_image.ra, v_image.dec, v_image.radius, v_image.polygon, v_image.edge, place.ra, place.dec)
        and not exists (
            -- not by curve_point, which would unpack the whole light curve for each image
            select
            from (
                select place.source_id, null::bigint as until_image_id
                union all
                select y.ancestor_id, y.until_image_id from trap_data.source_ancestry as y where y.source_id = place.source_id
            ) as line
            cross join lateral trap.point_in_image(line.source_id, p_image_id) as p
            where line.until_image_id is null or p.known_image_id < line.until_image_id
        )
        and not exists (
            select from trap_data.blank_place as e
            where
                e.image_id = p_image_id and e.source_id = place.source_id
                and trap.angular_separation(place.ra, place.dec, e.ra, e.dec) < v_image.edge / 5
        )
    order by place.source_id;
end;
$$;
comment on function trap.backfill_request is
'Those of these sources that an image covers and in which they lack a point: where to measure by its file, and with which shape before the '
'beam''s (NULL: none) [deg]; and the row of the blind measurement that is set aside for the fit (NULL: none).';
