-- The id that an image, run, band or sky region has when its data set has another number. 0, which is none of them, stays.
-- reads: nothing
-- writes: nothing
create function trap.numbered_id_in(p_dataset_id integer, p_numbered_id bigint) returns bigint
language sql immutable parallel safe
return case when p_numbered_id = 0 then 0 else trap.numbered_id(p_dataset_id, trap.number_of(p_numbered_id)) end;
comment on function trap.numbered_id_in is
'Id of an image, run, band or sky region, had its data set this number.';
