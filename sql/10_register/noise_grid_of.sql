-- The image whose grid stands for that of the noise map of an image: the first of its sky region, band, Stokes parameter and
-- threshold with a grid that agrees to a twentieth of a cell, be it the image itself.
-- reads: trap_data.image, trap_data.image_noise, trap_data.sky_region_noise
-- writes: nothing
create function trap.noise_grid_of(p_image_id bigint) returns bigint
language sql stable parallel safe
begin atomic
select coalesce(min(g.image_id), p_image_id)
from trap_data.image as i
inner join trap_data.image_noise as n on i.image_id = n.image_id
inner join trap_data.sky_region_noise as same
    on i.sky_region_id = same.sky_region_id and i.band_id = same.band_id and i.stokes = same.stokes
    and i.detection_threshold = same.detection_threshold and same.grid_image_id <= i.image_id
inner join trap_data.image as g on same.grid_image_id = g.image_id
inner join trap_data.image_noise as m
    on same.grid_image_id = m.image_id and array_dims(m.rms) = array_dims(n.rms)
    and trap.grid_shift(
        g.ra, g.dec, m.l0, m.m0, m.dl, m.dm, i.ra, i.dec, n.l0, n.m0, n.dl, n.dm,
        array_length(n.rms, 2), array_length(n.rms, 1)
    ) < 0.05
where i.image_id = p_image_id;
end;
comment on function trap.noise_grid_of is 'Image whose grid stands for that of the noise map of an image in trap_data.sky_region_noise.';
