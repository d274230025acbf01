-- The noise map of an accepted image, and the middle of the image, about which the map is.
select
    i.ra,
    i."dec",
    m.l0,
    m.m0,
    m.dl,
    m.dm,
    m.rms
from trap.image as i
cross join lateral trap.noise_map(i.image_id) as m
where i.image_id = %(image_id)s and i.status = 'accepted';
