-- Whether a footprint that is widened by an edge covers a position: where an image can be measured by force.
-- The edge is half a beam: a source at the edge, whose position scatters across it, is measured in every image.
-- reads: nothing
-- writes: nothing
create function trap.region_reaches(
    p_region_ra double precision, p_region_dec double precision, p_radius double precision, p_polygon spoly,
    p_edge double precision, p_ra double precision, p_dec double precision
) returns boolean
language sql immutable parallel safe
return trap.angular_separation(p_region_ra, p_region_dec, p_ra, p_dec) < p_radius + p_edge
and (
    p_polygon is null
    or scircle(spoint(radians(p_ra), radians(p_dec)), radians(p_edge)) && p_polygon
);
comment on function trap.region_reaches is
'Whether a footprint, a circle or the polygon within it, covers a position when it is widened by an edge; angles in deg.';
