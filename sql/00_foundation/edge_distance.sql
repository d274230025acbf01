-- How far a position is from the edge of a footprint, on either side of it. The sides of a polygon are great circles; it lies within
-- the circle, so that the circle is no edge of it.
-- A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.edge_distance(
    p_region_ra double precision, p_region_dec double precision, p_radius double precision,
    p_vertex_ra double precision[], p_vertex_dec double precision[],
    p_ra double precision, p_dec double precision
) returns table (distance double precision)
language sql immutable parallel safe
begin atomic
select
    case
        when p_vertex_ra is null then abs(p_radius - trap.angular_separation(p_region_ra, p_region_dec, p_ra, p_dec))
        else (
            select
                min(case
                    -- the foot of the perpendicular lies between the two corners
                    when side.pb >= side.pa * side.ab and side.pa >= side.pb * side.ab and side.normal > 0
                        then degrees(asin(least(1, abs(side.volume) / side.normal)))
                    else degrees(least(side.p <-> side.a, side.p <-> side.b))
                end)
            from (
                select
                    v.p, v.a, v.b,
                    x(v.p) * x(v.a) + y(v.p) * y(v.a) + z(v.p) * z(v.a) as pa,
                    x(v.p) * x(v.b) + y(v.p) * y(v.b) + z(v.p) * z(v.b) as pb,
                    x(v.a) * x(v.b) + y(v.a) * y(v.b) + z(v.a) * z(v.b) as ab,
                    x(v.p) * v.nx + y(v.p) * v.ny + z(v.p) * v.nz as volume,
                    sqrt(v.nx * v.nx + v.ny * v.ny + v.nz * v.nz) as normal
                from (
                    select
                        c.p, c.a, c.b,
                        y(c.a) * z(c.b) - z(c.a) * y(c.b) as nx,
                        z(c.a) * x(c.b) - x(c.a) * z(c.b) as ny,
                        x(c.a) * y(c.b) - y(c.a) * x(c.b) as nz
                    from (
                        select
                            spoint(radians(p_ra), radians(p_dec)) as p,
                            spoint(radians(p_vertex_ra[corner]), radians(p_vertex_dec[corner])) as a,
                            spoint(
                                radians(p_vertex_ra[corner % cardinality(p_vertex_ra) + 1]),
                                radians(p_vertex_dec[corner % cardinality(p_vertex_ra) + 1])
                            ) as b
                        from generate_subscripts(p_vertex_ra, 1) as corner
                        offset 0
                    ) as c
                    offset 0
                ) as v
                offset 0
            ) as side
        )
    end;
end;
comment on function trap.edge_distance is
'Distance [deg] of a position from the edge of a footprint, a circle or the polygon within it, on either side; arguments in deg.';
