-- The spatial join of association: which sources lie near enough to which measurements of the image.
-- The sources all around the measurements come from the position index in one probe. That is cheaper than a probe for each
-- measurement from a few hundred on, and reads a page once, in whatever order the index was filled. They meet the measurements on
-- a grid of cells in direction cosines about the image's centre: a projection never lengthens a chord, so what lies within a
-- distance on the sky does so in both coordinates. No source has a larger error than the largest of any measurement; with that
-- error on the source's side, the de Ruiter limit is a limit of distance, too. The probe is padded by what the indexed position may
-- lag behind the mean (3 arcsec) and by pgSphere's own rounding (0.2 mas); the limits themselves are then exact, so that the
-- answer does not depend on the plan.
-- What is near and beyond these limits is kept, too: within one and a half beams it may be a blend.
-- reads: pg_temp.detection, trap_data.source, trap_data.image, trap_data.dataset
-- writes: pg_temp.candidate_pair, pg_temp.shared_pair, pg_temp.near_miss
create function trap.find_candidate_pairs(p_image_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
-- the number of sources in the probe is estimated a thousand times too low; a bitmap reads each of their pages once
set enable_nestloop = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_indexscan = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_image record;
    v_found record;
    v_near double precision;
    v_cell double precision;
    v_reach double precision;
begin
    select
        i.ra, i.dec, spoint(radians(i.ra), radians(i.dec)) as centre,
        d.beam_limit * i.beam_major / 2 as separation_limit, d.de_ruiter_limit, d.position_err_max,
        -- as in set_blends_aside: what has no pixels has no blends
        case when i.pixel_scale_x <> 'NaN' then i.beam_major * 1.5 else 0 end as blend_limit
    into v_image
    from trap_data.image as i
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    where i.image_id = p_image_id;
    select max(x.pos <-> v_image.centre) as extent, max(greatest(x.ra_err, x.dec_err)) as err_max into v_found
    from pg_temp.detection as x;

    truncate pg_temp.candidate_pair, pg_temp.shared_pair, pg_temp.near_miss;
    -- without detections there is nothing to probe around
    if v_found.extent is null then
        return;
    end if;
    -- the longest chord of the unit sphere within both limits, or of a blend, and what rounding may add
    v_near := 1e-9 + radians(greatest(
        least(
            v_image.separation_limit,
            v_image.de_ruiter_limit * sqrt(power(v_image.position_err_max, 2) + power(v_found.err_max, 2))
        ),
        v_image.blend_limit
    ));
    v_cell := 8 * v_near;
    v_reach := v_found.extent + 2 * asin(least(1, v_near / 2)) + radians(3.001 / 3600);

    with source as (
        select
            k.source_id, k.ctid as stored_at, k.ra, k.dec, k.ra_err, k.dec_err, c.l, c.m,
            trap.cell_key(floor(c.l / v_cell)::bigint, floor(c.m / v_cell)::bigint) as cell
        from trap_data.source as k
        cross join lateral trap.direction_cosines(v_image.ra, v_image.dec, k.ra, k.dec) as c
        where
            k.dataset_id = v_dataset_id
            -- a circle ends at a hemisphere
            and (v_reach > pi() / 2 or k.pos <@ scircle(v_image.centre, least(v_reach, pi() / 2)))
            and not k.monitored
        offset 0
    ),

    measured as materialized (
        select
            d.measurement_id, d.ra, d.dec, d.ra_err, d.dec_err, d.l, d.m,
            floor((d.l - v_near) / v_cell)::bigint as low_l, floor((d.l + v_near) / v_cell)::bigint as high_l,
            floor((d.m - v_near) / v_cell)::bigint as low_m, floor((d.m + v_near) / v_cell)::bigint as high_m
        from pg_temp.detection as d
    ),

    -- each measurement in each cell that it may have a source in: one, two or four
    placed as (
        select d.*, trap.cell_key(d.low_l, d.low_m) as cell from measured as d
        union all
        select d.*, trap.cell_key(d.high_l, d.low_m) from measured as d where d.low_l < d.high_l
        union all
        select d.*, trap.cell_key(d.low_l, d.high_m) from measured as d where d.low_m < d.high_m
        union all
        select d.*, trap.cell_key(d.high_l, d.high_m) from measured as d where d.low_l < d.high_l and d.low_m < d.high_m
    ),

    near as materialized (
        select
            x.measurement_id, s.source_id, s.stored_at, o.separation,
            trap.de_ruiter_radius(o.east, o.north, s.ra_err, s.dec_err, x.ra_err, x.dec_err) as de_ruiter_radius
        from source as s
        inner join placed as x on s.cell = x.cell
        cross join lateral trap.tangent_offset(s.ra, s.dec, x.ra, x.dec) as o
        where abs(s.l - x.l) < v_near and abs(s.m - x.m) < v_near
        offset 0
    ),

    missed as (
        insert into pg_temp.near_miss (measurement_id, source_id)
        select n.measurement_id, n.source_id
        from near as n
        where n.separation >= v_image.separation_limit or n.de_ruiter_radius >= v_image.de_ruiter_limit
    )

    insert into pg_temp.candidate_pair (measurement_id, source_id, stored_at, de_ruiter_radius, separation)
    select n.measurement_id, n.source_id, n.stored_at, n.de_ruiter_radius, n.separation
    from near as n
    where n.separation < v_image.separation_limit and n.de_ruiter_radius < v_image.de_ruiter_limit;

    insert into pg_temp.shared_pair (measurement_id, source_id, stored_at, de_ruiter_radius, separation)
    select p.*
    from pg_temp.candidate_pair as p
    where
        p.measurement_id in (select q.measurement_id from pg_temp.candidate_pair as q group by q.measurement_id having count(*) > 1)
        or p.source_id in (select q.source_id from pg_temp.candidate_pair as q group by q.source_id having count(*) > 1);
end;
$$;
comment on function trap.find_candidate_pairs is
'Finds the pairs of measurement and source within both the separation limit and the de Ruiter limit (both exclusive).';
