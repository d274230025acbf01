-- The light curve of a source in time order, with what its images say of each point.
select
    (extract(epoch from c.taken_at) / 86400 + 40587)::double precision,
    i.duration,
    c.freq_eff,
    c.band_id,
    c.stokes,
    c.kind,
    c.usable,
    c.int_flux,
    c.int_flux_err,
    c.peak_flux,
    c.peak_flux_err,
    i.detection_threshold * c.local_rms,
    c.local_rms,
    c.ra,
    c."dec",
    c.association,
    c.inherited,
    c.flags,
    c.measurement_id,
    c.image_id
from trap.lightcurve as c
inner join trap.image as i on c.dataset_id = i.dataset_id and c.image_id = i.image_id
where c.dataset_id = {dataset_id} and c.source_id = {source_id}
order by c.taken_at, c.freq_eff, c.stokes, c.measurement_id
