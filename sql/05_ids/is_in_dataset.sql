-- Whether an image, run, band or sky region is of a data set: as a range of ids, which an index on the ids can search.
-- reads: nothing
-- writes: nothing
create function trap.is_in_dataset(p_numbered_id bigint, p_dataset_id integer) returns boolean
language sql immutable parallel safe
return p_numbered_id >= p_dataset_id::bigint << 24 and p_numbered_id < (p_dataset_id + 1)::bigint << 24;
comment on function trap.is_in_dataset is 'Whether an image, run, band or sky region, given by its id, is of a data set.';
