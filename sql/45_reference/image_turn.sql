-- By which turn of the sky an image was corrected, about its centre; none: by 0.
-- reads: trap_data.image, trap_data.image_correction
-- writes: nothing
create function trap.image_turn(p_image_id bigint)
returns table (ra_0 double precision, dec_0 double precision, east double precision, north double precision)
language sql stable parallel safe
begin atomic
select i.ra, i.dec, coalesce(c.east_arcsec, 0) / 3600, coalesce(c.north_arcsec, 0) / 3600
from trap_data.image as i
left join trap_data.image_correction as c on i.image_id = c.image_id
where i.image_id = p_image_id;
end;
comment on function trap.image_turn is
'The centre of an image, and by how much its positions were turned about it to the east and north [deg], as trap.sky_position_turned has it.';
