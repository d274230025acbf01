-- The polygon with these corners, its sides great circles.
-- reads: nothing
-- writes: nothing
create function trap.polygon_of_corners(p_ra double precision[], p_dec double precision[]) returns spoly
language sql immutable parallel safe
begin atomic
select spoly(spoint(radians(v.ra), radians(v.dec)) order by v.corner)
from unnest(p_ra, p_dec) with ordinality as v (ra, dec, corner);
end;
comment on function trap.polygon_of_corners is 'The polygon with these corners [deg], its sides great circles; NULL without corners.';
