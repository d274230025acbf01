-- The measurements, as the extractor made them. Sums of what is stored in four bytes are to be those of numbers of eight.
-- reads: trap_data.measurement, trap_data.dataset
create view trap.measurement as
select
    d.name as dataset, m.dataset_id, m.measurement_id, trap.image_of(m.measurement_id) as image_id, m.kind::text as kind, m.forced_for,
    m.ra, m.dec, m.ra_err::double precision as ra_err, m.dec_err::double precision as dec_err,
    m.ra_fit_err::double precision as ra_fit_err, m.dec_fit_err::double precision as dec_fit_err,
    m.peak_flux, m.peak_flux_err::double precision as peak_flux_err, m.peak_flux_raw,
    m.int_flux, m.int_flux_err::double precision as int_flux_err, m.snr,
    m.local_rms::double precision as local_rms, m.background::double precision as background,
    m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err,
    m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
    m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err, m.chi2, m.x, m.y,
    coalesce(m.island, -1) as island, m.flags::integer as flags, m.usable, m.group_id, coalesce(m.siblings, 0) as siblings
from trap_data.measurement as m
inner join trap_data.dataset as d on m.dataset_id = d.dataset_id;
comment on view trap.measurement is 'The measurements of each data set, as the extractor made them.';
comment on column trap.measurement.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.measurement.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.measurement.measurement_id is 'image_id * 2^20 + row in the image. {meta.id;meta.main principal indexed}';
comment on column trap.measurement.image_id is 'Image. {meta.id;obs.image principal}';
comment on column trap.measurement.kind is 'blind, null_detection or monitored. {meta.code.class principal}';
comment on column trap.measurement.forced_for is 'Source for which a forced fit was made; NULL for a blind one. {meta.id;src}';
comment on column trap.measurement.ra is 'Right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.measurement.dec is 'Declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.measurement.ra_err is
'Error of the position to the east on the sky: fit and systematic error in quadrature, 1 sigma [deg]. {stat.error;pos.eq.ra principal}';
comment on column trap.measurement.dec_err is
'Error of the position to the north: fit and systematic error in quadrature, 1 sigma [deg]. {stat.error;pos.eq.dec principal}';
comment on column trap.measurement.ra_fit_err is
'Error of the fit alone, to the east on the sky, 1 sigma [deg]. {stat.error;pos.eq.ra;stat.fit}';
comment on column trap.measurement.dec_fit_err is 'Error of the fit alone, to the north, 1 sigma [deg]. {stat.error;pos.eq.dec;stat.fit}';
comment on column trap.measurement.peak_flux is 'Peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio principal}';
comment on column trap.measurement.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio principal}';
comment on column trap.measurement.peak_flux_raw is
'Peak flux density as fitted, before the known bias of a fitted peak was taken off [Jy/beam]. '
'{stat.fit.param;phot.flux.density.sb;em.radio}';
comment on column trap.measurement.int_flux is 'Integrated flux density [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.measurement.int_flux_err is 'Its error, 1 sigma [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.measurement.snr is 'Peak, its known bias taken off, over the local noise [1]. {stat.snr principal}';
comment on column trap.measurement.local_rms is
'Noise at the position [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio principal}';
comment on column trap.measurement.background is 'Background at the position [Jy/beam]. {instr.background;em.radio}';
comment on column trap.measurement.major is 'Fitted shape, major axis FWHM [deg]. {phys.angSize.smajAxis;em.radio principal}';
comment on column trap.measurement.minor is 'Fitted shape, minor axis FWHM [deg]. {phys.angSize.sminAxis;em.radio principal}';
comment on column trap.measurement.pa is 'Fitted shape, position angle, north through east [deg]. {pos.posAng;em.radio principal}';
comment on column trap.measurement.major_err is 'Error of the major axis, 1 sigma [deg]. {stat.error;phys.angSize.smajAxis;em.radio}';
comment on column trap.measurement.minor_err is 'Error of the minor axis, 1 sigma [deg]. {stat.error;phys.angSize.sminAxis;em.radio}';
comment on column trap.measurement.pa_err is 'Error of the position angle, 1 sigma [deg]. {stat.error;pos.posAng;em.radio}';
comment on column trap.measurement.deconvolved_major is
'Shape deconvolved from the beam, major axis FWHM; 0 unresolved [deg]. {phys.angSize.smajAxis;em.radio;src}';
comment on column trap.measurement.deconvolved_minor is
'Shape deconvolved from the beam, minor axis FWHM; 0 unresolved [deg]. {phys.angSize.sminAxis;em.radio;src}';
comment on column trap.measurement.deconvolved_pa is
'Shape deconvolved from the beam, position angle, north through east [deg]. {pos.posAng;em.radio;src}';
comment on column trap.measurement.deconvolved_major_err is
'Error of the deconvolved major axis, 1 sigma [deg]. {stat.error;phys.angSize.smajAxis;em.radio;src}';
comment on column trap.measurement.deconvolved_minor_err is
'Error of the deconvolved minor axis, 1 sigma [deg]. {stat.error;phys.angSize.sminAxis;em.radio;src}';
comment on column trap.measurement.deconvolved_pa_err is
'Error of the deconvolved position angle, 1 sigma [deg]. {stat.error;pos.posAng;em.radio;src}';
comment on column trap.measurement.chi2 is 'Reduced chi squared of the fit [1]. {stat.fit.chi2}';
comment on column trap.measurement.x is 'First pixel coordinate, counted from 0 [pixel]. {pos.cartesian.x;instr.pixel}';
comment on column trap.measurement.y is 'Second pixel coordinate, counted from 0 [pixel]. {pos.cartesian.y;instr.pixel}';
comment on column trap.measurement.island is
'Island of pixels in the image to which it belongs; -1 for a forced fit. {meta.id.part;obs.image}';
comment on column trap.measurement.flags is
'Bits, one a peculiarity of the fit, named in the documentation of the extractor. {meta.code.qual}';
comment on column trap.measurement.usable is
'Whether it takes part: its fluxes, their errors and, for a blind one, the errors of its position are known. {meta.code.qual principal}';
comment on column trap.measurement.group_id is
'Group of blind measurements of one image that share an island or lie within a beam of each other: the lowest of their ids. '
'{meta.id.assoc}';
comment on column trap.measurement.siblings is 'Number of other measurements in the group. {meta.number;src}';
