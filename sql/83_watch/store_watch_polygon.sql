-- Stores a watch map that is a polygon, or replaces one's own.
-- reads: nothing
-- writes: trap_data.watch_list, trap_data.watch_cover
create function trap.store_watch_polygon(
    p_name text, p_origin text, p_vertex_ra double precision[], p_vertex_dec double precision[]
) returns void
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_watch_list_id integer;
    v_polygon spoly;
    v_ra double precision;
    v_dec double precision;
    v_radius double precision;
begin
    perform
    from unnest(p_vertex_ra, p_vertex_dec) as v (ra, dec)
    where (v.ra >= 0 and v.ra < 360 and v.dec between -90 and 90) is not true;
    if found then
        raise exception 'watch map "%" has corners that are no positions: expected 0 <= ra < 360, -90 <= dec <= 90 [deg]', p_name
        using errcode = 'TR004';
    elsif coalesce(cardinality(p_vertex_ra), 0) < 3 then
        raise exception 'watch map "%" has less than three corners', p_name using errcode = 'TR004';
    end if;
    -- about the mean direction of the corners
    select degrees(atan2(m.y, m.x)), degrees(atan2(m.z, sqrt(m.x * m.x + m.y * m.y))) into v_ra, v_dec
    from (
        select
            sum(cos(radians(v.dec)) * cos(radians(v.ra))) as x, sum(cos(radians(v.dec)) * sin(radians(v.ra))) as y,
            sum(sin(radians(v.dec))) as z
        from unnest(p_vertex_ra, p_vertex_dec) as v (ra, dec)
    ) as m;
    select spoly(spoint(radians(v.ra), radians(v.dec)) order by v.corner), max(trap.angular_separation(v_ra, v_dec, v.ra, v.dec))
    into v_polygon, v_radius
    from unnest(p_vertex_ra, p_vertex_dec) with ordinality as v (ra, dec, corner);
    if v_polygon is null or (area(v_polygon) > 0) is not true or v_radius > 80 then
        raise exception 'the corners of watch map "%" make no polygon: expected sides that do not cross, within 80 deg of its middle', p_name
        using errcode = 'TR004', hint = 'Give a larger region as a moc.';
    end if;
    v_watch_list_id := trap.begin_watch_list(p_name, 'polygon', p_origin, p_vertex_ra, p_vertex_dec, v_polygon);
    -- cells of a sixth of the radius: about a hundred; the lag and the rounding as in a moc
    insert into trap_data.watch_cover (watch_list_id, healpix_order, healpix_cell, circle)
    select v_watch_list_id, fine.healpix_order, n.cell, trap.healpix_circle(fine.healpix_order, n.cell, 3.001 / 3600)
    from (
        select least(29, greatest(1, ceil(log(2::numeric, (6 * 58.6 / v_radius)::numeric))))::integer as healpix_order
    ) as fine
    cross join lateral trap.region_cell(v_ra, v_dec, v_radius + 1e-6, v_polygon, null, '{}', fine.healpix_order) as c
    cross join lateral (select power(4::double precision, fine.healpix_order - c.healpix_order)::bigint as parts) as whole
    cross join lateral generate_series(c.healpix_cell * whole.parts, (c.healpix_cell + 1) * whole.parts - 1) as n (cell);
end;
$$;
comment on function trap.store_watch_polygon is
'Stores a polygon as a watch map, in the place of one''s own of that name: its corners [deg] in their order; sides are great circles.';
