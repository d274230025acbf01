-- The data set of a source or of a measurement, from its id.
-- reads: nothing
-- writes: nothing
create function trap.dataset_of_source(p_source_id bigint) returns integer
language sql immutable parallel safe
return (p_source_id >> 44)::integer;
comment on function trap.dataset_of_source is 'Data set of a source, or of a measurement, from its id.';
