-- The sky region with this footprint: one that is the same within the tolerance, corner by corner, and blank at the same places to a
-- cell, else a new one. So what holds of a region where nothing is blank nearby holds of all its images.
-- reads: trap_data.sky_region, trap_data.dataset
-- writes: trap_data.sky_region, trap_data.dataset
create function trap.sky_region_of(
    p_dataset_id integer, p_ra double precision, p_dec double precision, p_radius double precision,
    p_vertex_ra double precision[], p_vertex_dec double precision[], p_tolerance double precision,
    p_blank_size double precision, p_blank int4multirange, p_near_blank int4multirange
) returns bigint
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_sky_region_id bigint;
begin
    select r.sky_region_id into v_sky_region_id
    from trap_data.sky_region as r
    where
        r.dataset_id = p_dataset_id
        and r.circle @> spoint(radians(p_ra), radians(p_dec))
        and trap.angular_separation(r.ra, r.dec, p_ra, p_dec) < p_tolerance
        and abs(r.radius - p_radius) < p_tolerance
        and coalesce(cardinality(r.vertex_ra), 0) = coalesce(cardinality(p_vertex_ra), 0)
        and not exists (
            select
            from generate_subscripts(r.vertex_ra, 1) as corner
            where trap.angular_separation(
                r.vertex_ra[corner], r.vertex_dec[corner], p_vertex_ra[corner], p_vertex_dec[corner]
            ) >= p_tolerance
        )
        and (
            (isempty(r.blank) and isempty(p_blank))
            or (r.blank_size = p_blank_size and r.blank <@ p_near_blank and p_blank <@ r.near_blank)
        )
    order by r.sky_region_id
    limit 1;
    if found then
        return v_sky_region_id;
    end if;

    update trap_data.dataset as d
    set sky_region_count = d.sky_region_count + 1
    where d.dataset_id = p_dataset_id
    returning trap.numbered_id(p_dataset_id, d.sky_region_count) into v_sky_region_id;
    -- a later image of this region may reach beyond it by the tolerance in both centre and radius
    insert into trap_data.sky_region (
        sky_region_id, dataset_id, ra, dec, radius, vertex_ra, vertex_dec, circle, polygon, blank_size, blank, near_blank
    ) values (
        v_sky_region_id, p_dataset_id, p_ra, p_dec, p_radius, p_vertex_ra, p_vertex_dec,
        scircle(spoint(radians(p_ra), radians(p_dec)), radians(least(90, p_radius + 2 * p_tolerance + 1.0 / 3600))),
        trap.polygon_of_corners(p_vertex_ra, p_vertex_dec), p_blank_size, p_blank, p_near_blank
    );
    return v_sky_region_id;
end;
$$;
comment on function trap.sky_region_of is
'The sky region with this footprint within a tolerance (all in deg), and with these blank cells within a cell; made if there is none.';
