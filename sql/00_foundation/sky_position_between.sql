-- The position at a fraction of the way from one position to another along the great circle; they lie within 90 deg.
-- reads: nothing
-- writes: nothing
create function trap.sky_position_between(
    p_ra_1 double precision, p_dec_1 double precision, p_ra_2 double precision, p_dec_2 double precision,
    p_fraction double precision
) returns table (ra double precision, "dec" double precision)
language sql immutable parallel safe
begin atomic
select arrival.ra, arrival.dec
from (
    -- direction cosines point the way; their length is the sine of the distance
    select
        c.l, c.m,
        coalesce(
            p_fraction * trap.angular_separation(p_ra_1, p_dec_1, p_ra_2, p_dec_2) / nullif(sqrt(c.l * c.l + c.m * c.m), 0), 0
        ) as stretch
    from trap.direction_cosines(p_ra_1, p_dec_1, p_ra_2, p_dec_2) as c
    offset 0
) as way
cross join lateral trap.sky_position_along(p_ra_1, p_dec_1, way.l * way.stretch, way.m * way.stretch) as arrival;
end;
comment on function trap.sky_position_between is
'Position [deg] at a fraction [1] of the way from a position to another one [deg] along the great circle.';
