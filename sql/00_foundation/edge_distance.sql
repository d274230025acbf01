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
                    when c.pb >= c.pa * c.ab and c.pa >= c.pb * c.ab and c.length > 0
                        then degrees(asin(least(1, abs(c.volume) / c.length)))
                    else least(
                        trap.angular_separation(p_ra, p_dec, c.ra_1, c.dec_1), trap.angular_separation(p_ra, p_dec, c.ra_2, c.dec_2)
                    )
                end)
            from (
                select
                    v.ra_1, v.dec_1, v.ra_2, v.dec_2,
                    v.px * v.ax + v.py * v.ay + v.pz * v.az as pa,
                    v.px * v.bx + v.py * v.by + v.pz * v.bz as pb,
                    v.ax * v.bx + v.ay * v.by + v.az * v.bz as ab,
                    v.px * (v.ay * v.bz - v.az * v.by) + v.py * (v.az * v.bx - v.ax * v.bz) + v.pz * (v.ax * v.by - v.ay * v.bx)
                        as volume,
                    sqrt(
                        power(v.ay * v.bz - v.az * v.by, 2) + power(v.az * v.bx - v.ax * v.bz, 2) + power(v.ax * v.by - v.ay * v.bx, 2)
                    ) as length
                from (
                    select
                        side.*,
                        cos(radians(p_dec)) * cos(radians(p_ra)) as px,
                        cos(radians(p_dec)) * sin(radians(p_ra)) as py,
                        sin(radians(p_dec)) as pz,
                        cos(radians(side.dec_1)) * cos(radians(side.ra_1)) as ax,
                        cos(radians(side.dec_1)) * sin(radians(side.ra_1)) as ay,
                        sin(radians(side.dec_1)) as az,
                        cos(radians(side.dec_2)) * cos(radians(side.ra_2)) as bx,
                        cos(radians(side.dec_2)) * sin(radians(side.ra_2)) as by,
                        sin(radians(side.dec_2)) as bz
                    from (
                        select
                            p_vertex_ra[corner] as ra_1, p_vertex_dec[corner] as dec_1,
                            p_vertex_ra[corner % cardinality(p_vertex_ra) + 1] as ra_2,
                            p_vertex_dec[corner % cardinality(p_vertex_ra) + 1] as dec_2
                        from generate_subscripts(p_vertex_ra, 1) as corner
                    ) as side
                    offset 0
                ) as v
                offset 0
            ) as c
        )
    end;
end;
comment on function trap.edge_distance is
'Distance [deg] of a position from the edge of a footprint, a circle or the polygon within it, on either side; arguments in deg.';
