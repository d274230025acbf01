-- Where a position of the catalogue is in an image as its file has it, before any correction.
-- reads: trap_data.image, trap_data.image_correction
-- writes: nothing
create function trap.position_in_image(p_image_id bigint, p_ra double precision, p_dec double precision)
returns table (ra double precision, "dec" double precision)
language sql stable parallel safe security definer
begin atomic
select own.ra, own.dec
from trap.image_turn(p_image_id) as t
cross join lateral trap.sky_position_turned(t.ra_0, t.dec_0, -t.east, -t.north, p_ra, p_dec) as own;
end;
comment on function trap.position_in_image is
'Where a position [deg] of the catalogue is by the coordinates in the file of an image [deg]: the same, unless the image was corrected.';
