-- Light curves: the points of each source, and after a fork those that it inherits. A forced fit that failed is a row without flux.
-- Of points that are packed, measurement and image need not be read.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap_data.dataset, trap_data.measurement,
--   trap_data.image
create view trap.lightcurve as
select
    d.name as dataset,
    point.dataset_id,
    point.source_id,
    point.measurement_id,
    point.image_id,
    point.taken_at,
    point.freq_eff,
    point.band_id,
    point.stokes::text as stokes,
    point.measured::text as kind,
    point.kind::text as association,
    point.inherited,
    point.backfilled,
    point.ra,
    point.dec,
    point.peak_flux,
    point.peak_flux_err::double precision as peak_flux_err,
    point.int_flux,
    point.int_flux_err::double precision as int_flux_err,
    point.snr,
    point.local_rms::double precision as local_rms,
    point.usable,
    point.flags,
    point.siblings,
    point.de_ruiter_radius,
    point.separation_arcsec
from (
    select
        a.dataset_id, a.source_id, a.measurement_id, i.image_id, i.taken_at, i.freq_eff, i.band_id, i.stokes, m.kind as measured, a.kind,
        false as inherited, a.backfilled, m.ra, m.dec, m.peak_flux, m.peak_flux_err, m.int_flux, m.int_flux_err, m.snr, m.local_rms,
        m.usable, m.flags::integer as flags, coalesce(m.siblings, 0) as siblings, a.de_ruiter_radius, a.separation_arcsec
    from trap_data.association as a
    inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    union all
    select
        a.dataset_id, y.source_id, a.measurement_id, i.image_id, i.taken_at, i.freq_eff, i.band_id, i.stokes, m.kind as measured, a.kind,
        true as inherited, a.backfilled, m.ra, m.dec, m.peak_flux, m.peak_flux_err, m.int_flux, m.int_flux_err, m.snr, m.local_rms,
        m.usable, m.flags::integer as flags, coalesce(m.siblings, 0) as siblings, a.de_ruiter_radius, a.separation_arcsec
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
    inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    where a.known_image_id < y.until_image_id
    union all
    select
        c.dataset_id, c.source_id, p.measurement_id, p.image_id, p.taken_at, p.freq_eff, c.band_id, c.stokes, p.measured, p.kind,
        false as inherited, p.backfilled, p.ra, p.dec, p.peak_flux, p.peak_flux_err, p.int_flux, p.int_flux_err, p.snr, p.local_rms,
        p.usable, p.flags, p.siblings, p.de_ruiter_radius, p.separation_arcsec
    from trap_data.curve_stretch as c
    cross join lateral trap.packed_point(c) as p
    union all
    select
        c.dataset_id, y.source_id, p.measurement_id, p.image_id, p.taken_at, p.freq_eff, c.band_id, c.stokes, p.measured, p.kind,
        true as inherited, p.backfilled, p.ra, p.dec, p.peak_flux, p.peak_flux_err, p.int_flux, p.int_flux_err, p.snr, p.local_rms,
        p.usable, p.flags, p.siblings, p.de_ruiter_radius, p.separation_arcsec
    from trap_data.source_ancestry as y
    inner join trap_data.curve_stretch as c on y.dataset_id = c.dataset_id and y.ancestor_id = c.source_id
    cross join lateral trap.packed_point(c) as p
    where p.known_image_id < y.until_image_id
) as point
inner join trap_data.dataset as d on point.dataset_id = d.dataset_id;
comment on view trap.lightcurve is
'The points of each source in time, frequency and Stokes parameter, inherited ones included. Ask for one source by '
'trap.lightcurve_of(source_id), which reads its data set only.';
comment on column trap.lightcurve.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.lightcurve.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.lightcurve.source_id is 'Source. {meta.id;src principal indexed}';
comment on column trap.lightcurve.measurement_id is 'Measurement. {meta.id;meta.main principal indexed}';
comment on column trap.lightcurve.image_id is 'Image. {meta.id;obs.image principal}';
comment on column trap.lightcurve.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.lightcurve.freq_eff is 'Effective frequency of the image [Hz]. {em.freq principal}';
comment on column trap.lightcurve.band_id is 'Band. {meta.id;instr.bandpass}';
comment on column trap.lightcurve.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.lightcurve.kind is 'How it was measured: blind, null_detection or monitored. {meta.code.class principal}';
comment on column trap.lightcurve.association is
'How it came to the source: new, one_to_one, many_to_one, fork, null_detection or monitored. {meta.code.member}';
comment on column trap.lightcurve.inherited is 'Whether it is a point of an ancestor, from before a fork. {meta.code}';
comment on column trap.lightcurve.backfilled is 'Whether it was measured after its own time step. {meta.code}';
comment on column trap.lightcurve.ra is 'Right ascension measured, or at which a forced fit was made [deg]. {pos.eq.ra;meta.main}';
comment on column trap.lightcurve.dec is 'Declination measured, or at which a forced fit was made [deg]. {pos.eq.dec;meta.main}';
comment on column trap.lightcurve.peak_flux is 'Peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio principal}';
comment on column trap.lightcurve.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio principal}';
comment on column trap.lightcurve.int_flux is 'Integrated flux density [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.lightcurve.int_flux_err is 'Its error, 1 sigma [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.lightcurve.snr is 'Peak, its known bias taken off, over the local noise [1]. {stat.snr principal}';
comment on column trap.lightcurve.local_rms is 'Noise at the position [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio}';
comment on column trap.lightcurve.usable is 'Whether it counts in the variability; false for a fit that failed. {meta.code.qual principal}';
comment on column trap.lightcurve.flags is 'Bits, one a peculiarity of the fit. {meta.code.qual}';
comment on column trap.lightcurve.siblings is
'Number of other measurements of the image that share its island or lie within a beam. {meta.number;src}';
comment on column trap.lightcurve.de_ruiter_radius is 'De Ruiter radius of the association at the time [1]. {pos.angDistance;arith.ratio}';
comment on column trap.lightcurve.separation_arcsec is 'Separation from the source at the time [arcsec]. {pos.angDistance}';
