-- Sets aside measurements that may blend two sources: those within one and a half beams of a source that is expected in the image
-- and that no measurement has for itself. It takes no part, and the sources that it would have gone to are measured by force,
-- jointly with that one. What would have gone to none is a blend if there are two such sources: together they make one detection
-- between them. Only established sources that were found together are known to be two, and nearer than half a beam nothing tells
-- them apart.
-- reads: pg_temp.detection, pg_temp.candidate_pair, pg_temp.near_miss, pg_temp.time_step, trap_data.source, trap_data.image,
--   trap_data.sky_region, trap_data.dataset
-- writes: pg_temp.resolved_pair, pg_temp.suspect, trap_data.blended_point
create function trap.set_blends_aside(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- the few sources by their ids, one after the other: "offset 0" leaves the planner no other way
set enable_mergejoin = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_image record;
begin
    truncate pg_temp.suspect;
    select
        i.beam_major / 2 as nearest, i.beam_major * 1.5 as farthest, i.beam_major / 2 as edge, t.first_image_id, d.expiry,
        r.ra as region_ra, r.dec as region_dec, r.radius, r.polygon
    into v_image
    from trap_data.image as i
    cross join pg_temp.time_step as t
    inner join trap_data.dataset as d on d.dataset_id = v_dataset_id
    cross join lateral (
        select g.* from trap_data.sky_region as g where g.dataset_id = v_dataset_id and g.sky_region_id = i.sky_region_id offset 0
    ) as r
    -- what has no pixels cannot be measured again
    where i.image_id = p_image_id and i.pixel_scale_x <> 'NaN';
    if not found then
        return;
    end if;
    insert into pg_temp.suspect (measurement_id, missing_id, ra, dec, separation)
    select near.measurement_id, near.source_id, missing.ra, missing.dec, apart.separation
    from (
        select n.measurement_id, n.source_id, x.ra, x.dec
        from (
            select p.measurement_id, p.source_id from pg_temp.candidate_pair as p
            union all
            select p.measurement_id, p.source_id from pg_temp.near_miss as p
        ) as n
        inner join pg_temp.detection as x on n.measurement_id = x.measurement_id
        where
            not exists (
                select from pg_temp.resolved_pair as own where own.source_id = n.source_id and own.kind <> 'many_to_one'
            )
        offset 0
    ) as near
    cross join lateral (
        select k.ra, k.dec
        from trap_data.source as k
        where
            k.dataset_id = v_dataset_id and k.source_id = near.source_id
            and k.established_image_id < v_image.first_image_id
            and k.forced_steps < v_image.expiry
        offset 0
    ) as missing
    cross join lateral (select trap.angular_separation(missing.ra, missing.dec, near.ra, near.dec) as separation offset 0) as apart
    where
        apart.separation < v_image.farthest
        and trap.region_reaches(
            v_image.region_ra, v_image.region_dec, v_image.radius, v_image.polygon, v_image.edge, missing.ra, missing.dec
        );
    if not found then
        return;
    end if;
    analyze pg_temp.suspect;

    insert into trap_data.blended_point (
        dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled, blended_image_id
    )
    select distinct
        v_dataset_id, one.missing_id, one.measurement_id, 'many_to_one'::trap_data.association_kind, null::double precision,
        one.separation * 3600, p_image_id, false, p_image_id
    from pg_temp.suspect as one
    inner join pg_temp.suspect as other on one.measurement_id = other.measurement_id
    where
        trap.angular_separation(one.ra, one.dec, other.ra, other.dec) >= v_image.nearest
        and not exists (select from pg_temp.candidate_pair as p where p.measurement_id = one.measurement_id)
        and trap.found_together(one.missing_id, other.missing_id);

    with blend as (
        select distinct p.measurement_id
        from pg_temp.suspect as x
        inner join pg_temp.resolved_pair as p on x.measurement_id = p.measurement_id
        cross join lateral (
            select k.ra, k.dec
            from trap_data.source as k
            where
                k.dataset_id = v_dataset_id and k.source_id = p.source_id
                and k.established_image_id < v_image.first_image_id
                -- one that has expired would not be measured
                and k.forced_steps < v_image.expiry
            offset 0
        ) as member
        cross join lateral (select trap.angular_separation(x.ra, x.dec, member.ra, member.dec) as separation offset 0) as apart
        where
            p.source_id <> x.missing_id
            -- where a source forks, its measurements decide together
            and not exists (select from pg_temp.resolved_pair as f where f.measurement_id = p.measurement_id and f.kind = 'fork')
            and apart.separation >= v_image.nearest and apart.separation < v_image.farthest
            and trap.found_together(x.missing_id, p.source_id)
    ),

    set_aside as (
        delete from pg_temp.resolved_pair as p
        using blend as b
        where p.measurement_id = b.measurement_id
        returning p.*
    )

    insert into trap_data.blended_point (
        dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled, blended_image_id
    )
    select v_dataset_id, s.source_id, s.measurement_id, s.kind, s.de_ruiter_radius, s.separation * 3600, p_image_id, false, p_image_id
    from set_aside as s
    order by s.measurement_id, s.source_id;
end;
$$;
comment on function trap.set_blends_aside is
'Sets aside the measurements of an image that are near a source that is expected there and was not found apart.';
