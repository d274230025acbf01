-- A position as a unit vector, in the frame of a reference point: towards the east and the north there, and towards the point itself.
-- reads: nothing
-- writes: nothing
create function trap.direction_vector(
    p_ra_0 double precision, p_dec_0 double precision, p_ra double precision, p_dec double precision
) returns table (l double precision, m double precision, n double precision)
language sql immutable parallel safe
begin atomic
select
    c.l, c.m,
    sin(radians(p_dec)) * sin(radians(p_dec_0)) + cos(radians(p_dec)) * cos(radians(p_dec_0)) * cos(radians(p_ra - p_ra_0))
from trap.direction_cosines(p_ra_0, p_dec_0, p_ra, p_dec) as c;
end;
comment on function trap.direction_vector is
'Direction cosines l (east), m (north) and n (towards the reference point) [1] of a position about a reference point; arguments in deg.';
