-- the points of light curves in an image, the brightest first; where they are by the file's own coordinates
select p.source_id, s.name, m.kind, m.snr, m.peak_flux, m.peak_flux_err, own.ra, own.dec
from trap.measurement as m
inner join trap.curve_point as p on m.dataset_id = p.dataset_id and m.measurement_id = p.measurement_id and not p.inherited
inner join trap.running_catalogue as s on p.dataset_id = s.dataset_id and p.source_id = s.source_id
cross join lateral trap.position_in_image(m.image_id, m.ra, m.dec) as own
where m.dataset_id = trap.dataset_of(%(image_id)s) and m.image_id = %(image_id)s
order by m.peak_flux desc nulls last
limit %(most)s;
