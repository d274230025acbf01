-- Where a position comes when the sky is turned so that a reference point moves along a great circle, to the east and north there by so
-- much. The same turn the other way, about the same reference point, brings it back. Without a turn it is what it was, to the bit.
-- A rotation by Rodrigues' formula, about an axis across the reference point.
-- reads: nothing
-- writes: nothing
create function trap.sky_position_turned(
    p_ra_0 double precision, p_dec_0 double precision, p_east double precision, p_north double precision,
    p_ra double precision, p_dec double precision
) returns table (ra double precision, "dec" double precision)
language sql immutable parallel safe
begin atomic
select
    case
        when way.angle = 0 then p_ra
        -- a tiny negative angle plus 360 rounds to 360 itself
        when place.right_ascension - 360 * floor(place.right_ascension / 360) >= 360 then 0
        else place.right_ascension - 360 * floor(place.right_ascension / 360)
    end,
    case when way.angle = 0 then p_dec else place.declination end
from (
    select
        turn.angle,
        coalesce(radians(p_east) / nullif(turn.angle, 0), 0) as east,
        coalesce(radians(p_north) / nullif(turn.angle, 0), 0) as north
    from (select radians(sqrt(p_east * p_east + p_north * p_north)) as angle offset 0) as turn
    offset 0
) as way
cross join lateral trap.direction_vector(p_ra_0, p_dec_0, p_ra, p_dec) as v
-- along: its part in the direction of the way; forth: what comes to that
cross join lateral (select v.l * way.east + v.m * way.north as along offset 0) as a
cross join lateral (
    select v.n * sin(way.angle) - 2 * a.along * power(sin(way.angle / 2), 2) as forth offset 0
) as b
cross join lateral (
    select
        v.l + b.forth * way.east as l, v.m + b.forth * way.north as m,
        v.n * cos(way.angle) - a.along * sin(way.angle) as n
    offset 0
) as w
cross join lateral (
    select
        p_ra_0 + degrees(atan2(w.l, w.n * cos(radians(p_dec_0)) - w.m * sin(radians(p_dec_0)))) as right_ascension,
        degrees(atan2(
            w.m * cos(radians(p_dec_0)) + w.n * sin(radians(p_dec_0)),
            sqrt(w.l * w.l + power(w.n * cos(radians(p_dec_0)) - w.m * sin(radians(p_dec_0)), 2))
        )) as declination
    offset 0
) as place;
end;
comment on function trap.sky_position_turned is
'Position [deg] after a turn of the sky that takes a reference point [deg] along the great circle that sets out by so much to the east and '
'north [deg].';
