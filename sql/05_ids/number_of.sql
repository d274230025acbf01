-- The number of an image, run, band or sky region in its data set, from its id.
-- reads: nothing
-- writes: nothing
create function trap.number_of(p_numbered_id bigint) returns integer
language sql immutable parallel safe
return (p_numbered_id & 16777215)::integer;
comment on function trap.number_of is 'Number of an image, run, band or sky region in its data set, from its id.';
