-- Whether a measurement is of an image: as a range of ids, which an index on the ids can search.
-- reads: nothing
-- writes: nothing
create function trap.is_in_image(p_measurement_id bigint, p_image_id bigint) returns boolean
language sql immutable parallel safe
return p_measurement_id >= p_image_id << 20 and p_measurement_id < (p_image_id + 1) << 20;
comment on function trap.is_in_image is 'Whether a measurement, given by its id, is of an image.';
