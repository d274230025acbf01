-- The id of an image, run, band or sky region: the data set, and in the lower 24 bits the number in it, from 1.
-- reads: nothing
-- writes: nothing
create function trap.numbered_id(p_dataset_id integer, p_number integer) returns bigint
language sql immutable parallel safe
return (p_dataset_id::bigint << 24) + p_number;
comment on function trap.numbered_id is 'Id of an image, run, band or sky region: data set times 2^24, plus its number in the data set.';
