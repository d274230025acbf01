-- The inverse of angles_of_circle, to the last bit.
-- reads: nothing
-- writes: nothing
create function trap.circle_of_angles(p_angles double precision[]) returns scircle
language sql immutable parallel safe
return scircle(spoint(p_angles[1], p_angles[2]), p_angles[3]);
comment on function trap.circle_of_angles is 'The circle about a right ascension and declination with a radius [rad].';
