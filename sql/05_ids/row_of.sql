-- The row of a measurement in its image, from its id.
-- reads: nothing
-- writes: nothing
create function trap.row_of(p_measurement_id bigint) returns integer
language sql immutable parallel safe
return (p_measurement_id & 1048575)::integer;
comment on function trap.row_of is 'Row of a measurement in its image, from 0, from its id.';
