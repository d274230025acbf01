-- The position reached from another one along a great circle, setting out to the east and north by so much; within 90 deg.
-- reads: nothing
-- writes: nothing
create function trap.sky_position_along(
    p_ra double precision, p_dec double precision, p_east double precision, p_north double precision
) returns table (ra double precision, "dec" double precision)
language sql immutable parallel safe
begin atomic
select arrival.ra, arrival.dec
from (
    select coalesce(sin(way.angle) / nullif(way.angle, 0), 1) as shortening
    from (select radians(sqrt(p_east * p_east + p_north * p_north)) as angle offset 0) as way
    offset 0
) as projected
cross join lateral trap.sky_position(
    p_ra, p_dec, radians(p_east) * projected.shortening, radians(p_north) * projected.shortening
) as arrival;
end;
comment on function trap.sky_position_along is
'Position [deg] reached from a position [deg] along the great circle that sets out by this much to the east and north [deg].';
