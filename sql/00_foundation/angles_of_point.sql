-- The two angles of a position, to the last bit: the type has no binary form to be copied in, and its text is rounded.
-- reads: nothing
-- writes: nothing
create function trap.angles_of_point(p_point spoint) returns double precision[]
language sql immutable parallel safe
return case when p_point is not null then array[long(p_point), lat(p_point)] end;
comment on function trap.angles_of_point is 'Right ascension and declination of a position, to the last bit [rad].';
