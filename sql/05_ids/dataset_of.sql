-- The data set of an image, run, band or sky region, from its id.
-- reads: nothing
-- writes: nothing
create function trap.dataset_of(p_numbered_id bigint) returns integer
language sql immutable parallel safe
return (p_numbered_id >> 24)::integer;
comment on function trap.dataset_of is 'Data set of an image, run, band or sky region, from its id.';
