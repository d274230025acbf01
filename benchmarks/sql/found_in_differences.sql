-- What was found blind in the images of a data set.
-- Parameters: dataset.
select i.taken_at, m.ra, m.dec, m.peak_flux, m.peak_flux_err, m.local_rms, m.flags & 4096 <> 0 as dipole
from trap_data.measurement as m
inner join trap.image as i on trap.image_of(m.measurement_id) = i.image_id
where i.dataset = %(dataset)s and m.kind = 'blind' and m.usable
order by m.measurement_id
