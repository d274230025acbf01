-- The images.
-- reads: trap_data.image, trap_data.dataset
create view trap.image as
select
    d.name as dataset, i.dataset_id, i.image_id, i.run_id, i.path, i.taken_at, i.duration, i.freq_eff, i.bandwidth, i.band_id,
    i.stokes::text as stokes, i.telescope, i.status::text as status, i.ra::double precision as ra, i.dec::double precision as dec,
    i.beam_major, i.beam_minor, i.beam_pa, i.rms_median, i.rms_min, i.rms_max, i.detection_threshold, i.analysis_threshold,
    i.sky_region_id, i.origin_image_id, i.digest, i.signed, i.response_path, i.response_digest
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id;
comment on view trap.image is 'The images of each data set, rejected ones included.';
comment on column trap.image.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image.image_id is 'Image; ids rise in the order of processing. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image.run_id is 'Run that took it. {meta.id;meta.software}';
comment on column trap.image.path is 'Path of the file it was read from. {meta.ref;meta.file principal}';
comment on column trap.image.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.image.duration is 'Length of the observation [s]. {time.duration;obs.exposure principal}';
comment on column trap.image.freq_eff is 'Effective frequency [Hz]. {em.freq principal}';
comment on column trap.image.bandwidth is 'Bandwidth [Hz]. {instr.bandwidth principal}';
comment on column trap.image.band_id is 'Band. {meta.id;instr.bandpass}';
comment on column trap.image.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.image.telescope is 'Telescope, as the file names it. {meta.id;instr.tel}';
comment on column trap.image.status is 'accepted, rejected by a quality check, or rewound. {meta.code.status;obs.image principal}';
comment on column trap.image.ra is 'Centre, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.image.dec is 'Centre, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.image.beam_major is 'Restoring beam, major axis FWHM [deg]. {phys.angSize.smajAxis;instr.beam principal}';
comment on column trap.image.beam_minor is 'Restoring beam, minor axis FWHM [deg]. {phys.angSize.sminAxis;instr.beam principal}';
comment on column trap.image.beam_pa is 'Restoring beam, position angle, north through east [deg]. {pos.posAng;instr.beam principal}';
comment on column trap.image.rms_median is
'Median of the noise map in the footprint [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio;stat.median principal}';
comment on column trap.image.rms_min is
'Smallest value of the noise map in the footprint [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio;stat.min}';
comment on column trap.image.rms_max is
'Largest value of the noise map in the footprint [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.image.detection_threshold is 'Peak S/N that an island must hold [1]. {stat.snr;instr.sensitivity}';
comment on column trap.image.analysis_threshold is 'S/N down to which an island extends [1]. {stat.snr;instr.sensitivity}';
comment on column trap.image.sky_region_id is 'Footprint; NULL for a rejected image. {meta.id;obs.field}';
comment on column trap.image.origin_image_id is
'Image from which it was copied to be associated anew; NULL for one read from a file. {meta.id.assoc;obs.image}';
comment on column trap.image.digest is
'SHA-256 of the pixels and of the metadata used: whether a file still holds this image. {meta.checksum;obs.image}';
comment on column trap.image.signed is
'Whether sources of either sign were looked for, as in Stokes Q, U and V and in differences. {meta.code}';
comment on column trap.image.response_path is
'File beside it that says how its noise goes over the field: weights, primary beam, or the image without correction. {meta.ref.url;meta.file}';
comment on column trap.image.response_digest is
'SHA-256 of the pixels of that file; the digest of the image is of both. {meta.checksum;meta.file}';
