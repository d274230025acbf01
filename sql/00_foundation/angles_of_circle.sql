-- The angles of a circle, as those of a position.
-- reads: nothing
-- writes: nothing
create function trap.angles_of_circle(p_circle scircle) returns double precision[]
language sql immutable parallel safe
return case when p_circle is not null then array[long(center(p_circle)), lat(center(p_circle)), radius(p_circle)] end;
comment on function trap.angles_of_circle is 'Right ascension and declination of the centre of a circle, and its radius, to the last bit [rad].';
