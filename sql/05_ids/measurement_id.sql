-- The id of a measurement: the image, and in the lower 20 bits the row in it, from 0. A source has the id of the measurement that
-- founded it; a monitored position, which none founded, a row of image number 0, which is no image.
-- reads: nothing
-- writes: nothing
create function trap.measurement_id(p_image_id bigint, p_row bigint) returns bigint
language sql immutable parallel safe
return (p_image_id << 20) + p_row;
comment on function trap.measurement_id is 'Id of a measurement, or of the source that it founded: image times 2^20, plus the row in the image.';
