-- Whether a footprint, a circle or the polygon within it, covers a position.
-- reads: nothing
-- writes: nothing
create function trap.region_covers(
    p_region_ra double precision, p_region_dec double precision, p_radius double precision, p_polygon spoly,
    p_ra double precision, p_dec double precision
) returns boolean
language sql immutable parallel safe
return trap.angular_separation(p_region_ra, p_region_dec, p_ra, p_dec) < p_radius
and (
    p_polygon is null
    or spoint(radians(p_ra), radians(p_dec)) <@ p_polygon
);
comment on function trap.region_covers is
'Whether a footprint, a circle or the polygon within it, covers a position; angles in deg.';
