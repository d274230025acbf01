-- The inverse of angles_of_point, to the last bit.
-- reads: nothing
-- writes: nothing
create function trap.point_of_angles(p_angles double precision[]) returns spoint
language sql immutable parallel safe
return spoint(p_angles[1], p_angles[2]);
comment on function trap.point_of_angles is 'The position of a right ascension and declination [rad].';
