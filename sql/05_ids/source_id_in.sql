-- The id that a source or measurement has when its data set has another number. 0, which is none of them, stays.
-- reads: nothing
-- writes: nothing
create function trap.source_id_in(p_dataset_id integer, p_source_id bigint) returns bigint
language sql immutable parallel safe
return case
    when p_source_id = 0 then 0
    else trap.measurement_id(
        trap.numbered_id(p_dataset_id, trap.number_of(trap.image_of(p_source_id))), trap.row_of(p_source_id)
    )
end;
comment on function trap.source_id_in is 'Id of a source or measurement, had its data set this number.';
