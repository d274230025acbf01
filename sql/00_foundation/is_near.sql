-- Whether a point lies within a distance of another one [deg]: by an index on the first, since this is inlined. pgSphere does not say that
-- its functions are safe in workers, which they are; a query that names them nowhere else than here may have a parallel plan.
-- reads: nothing
-- writes: nothing
create function trap.is_near(p_point spoint, p_centre spoint, p_radius double precision) returns boolean
language sql immutable parallel safe
return p_point <@ scircle(p_centre, radians(p_radius));
comment on function trap.is_near is 'Whether a point lies within a distance of another one [deg].';
