-- The image of a measurement, or the one in which a source was founded, from its id.
-- reads: nothing
-- writes: nothing
create function trap.image_of(p_measurement_id bigint) returns bigint
language sql immutable parallel safe
return p_measurement_id >> 20;
comment on function trap.image_of is 'Image of a measurement, or the one in which a source was founded, from its id.';
