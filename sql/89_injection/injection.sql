-- What was injected into data sets.
-- reads: trap_data.injection, trap_data.dataset
create view trap.injection as
select
    d.name as dataset, i.dataset_id, i.number, i.kind,
    i.ra::double precision as ra, i.dec::double precision as dec, i.peak_flux, i.peak_snr, i.peak_at, i.timescale, i.started_at,
    i.images, i.centre_distance, i.beam_major * 3600 as beam_major_arcsec, i.parameters::text as parameters
from trap_data.injection as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id;
comment on view trap.injection is 'Sources that were put into the images of injected data sets, or among their measurements: the truth.';
comment on column trap.injection.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.injection.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.injection.number is 'Number of the source among the injected ones [1]. {meta.id;src principal}';
comment on column trap.injection.kind is
'What it is: a kind of source, an artefact, or table if a table gave its light curve. {meta.code.class;src principal}';
comment on column trap.injection.ra is 'Place, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.injection.dec is 'Place, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.injection.peak_flux is
'Peak flux density in the image in which it stands out most [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max principal}';
comment on column trap.injection.peak_snr is
'The same, without its sign, over the noise of that image at the place [sigma]. {stat.snr;stat.max principal}';
comment on column trap.injection.peak_at is 'Start of that image, UTC. {time.epoch;stat.max}';
comment on column trap.injection.timescale is
'Duration above half of the peak, period, or time of crossing or correlation [s]; NULL: it has none. {time.duration;src.var principal}';
comment on column trap.injection.started_at is 'When it began, UTC; NULL: not at a time. {time.start;src.var}';
comment on column trap.injection.images is 'Images that cover it [1]. {meta.number;obs.image}';
comment on column trap.injection.centre_distance is
'Distance from the centre of the image in which it stands out most [deg]. {pos.angDistance;instr.fov principal}';
comment on column trap.injection.beam_major_arcsec is 'Major axis of the beam (FWHM) of that image [arcsec]. {phys.angSize.smajAxis;instr.beam}';
comment on column trap.injection.parameters is
'Parameters of its light curve as JSON, times in s since the first image, frequencies in Hz. {meta.code;meta.modelled}';
