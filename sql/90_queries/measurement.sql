-- The measurements, as the extractor made them.
-- reads: trap_data.measurement, trap_data.dataset
create view trap.measurement as
select
    d.name as dataset, m.dataset_id, m.measurement_id, m.image_id, m.kind::text as kind, m.forced_for,
    m.ra, m.dec, m.ra_err, m.dec_err, m.ra_fit_err, m.dec_fit_err,
    m.peak_flux, m.peak_flux_err, m.peak_flux_raw, m.int_flux, m.int_flux_err, m.snr, m.local_rms, m.background,
    m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err,
    m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
    m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err, m.chi2, m.x, m.y, m.island, m.flags, m.usable,
    m.group_id, m.siblings
from trap_data.measurement as m
inner join trap_data.dataset as d on m.dataset_id = d.dataset_id;
comment on view trap.measurement is 'The measurements of each data set, as the extractor made them.';
comment on column trap.measurement.dataset is 'Name of the data set.';
comment on column trap.measurement.dataset_id is 'Data set.';
comment on column trap.measurement.measurement_id is 'image_id * 2^20 + row in the image.';
comment on column trap.measurement.image_id is 'Image.';
comment on column trap.measurement.kind is 'blind, null_detection or monitored.';
comment on column trap.measurement.forced_for is 'Source for which a forced fit was made; NULL for a blind one.';
comment on column trap.measurement.ra is 'Right ascension [deg].';
comment on column trap.measurement.dec is 'Declination [deg].';
comment on column trap.measurement.ra_err is
'Error of the position to the east on the sky: fit and systematic error in quadrature, 1 sigma [deg].';
comment on column trap.measurement.dec_err is
'Error of the position to the north: fit and systematic error in quadrature, 1 sigma [deg].';
comment on column trap.measurement.ra_fit_err is 'Error of the fit alone, to the east on the sky, 1 sigma [deg].';
comment on column trap.measurement.dec_fit_err is 'Error of the fit alone, to the north, 1 sigma [deg].';
comment on column trap.measurement.peak_flux is 'Peak flux density [Jy/beam].';
comment on column trap.measurement.peak_flux_err is 'Its error, 1 sigma [Jy/beam].';
comment on column trap.measurement.peak_flux_raw is
'Peak flux density as fitted, before the known bias of a fitted peak was taken off [Jy/beam].';
comment on column trap.measurement.int_flux is 'Integrated flux density [Jy].';
comment on column trap.measurement.int_flux_err is 'Its error, 1 sigma [Jy].';
comment on column trap.measurement.snr is 'Peak, its known bias taken off, over the local noise [1].';
comment on column trap.measurement.local_rms is 'Noise at the position [Jy/beam].';
comment on column trap.measurement.background is 'Background at the position [Jy/beam].';
comment on column trap.measurement.major is 'Fitted shape, major axis FWHM [deg].';
comment on column trap.measurement.minor is 'Fitted shape, minor axis FWHM [deg].';
comment on column trap.measurement.pa is 'Fitted shape, position angle, north through east [deg].';
comment on column trap.measurement.major_err is 'Error of the major axis, 1 sigma [deg].';
comment on column trap.measurement.minor_err is 'Error of the minor axis, 1 sigma [deg].';
comment on column trap.measurement.pa_err is 'Error of the position angle, 1 sigma [deg].';
comment on column trap.measurement.deconvolved_major is 'Shape deconvolved from the beam, major axis FWHM; 0 unresolved [deg].';
comment on column trap.measurement.deconvolved_minor is 'Shape deconvolved from the beam, minor axis FWHM; 0 unresolved [deg].';
comment on column trap.measurement.deconvolved_pa is
'Shape deconvolved from the beam, position angle, north through east [deg].';
comment on column trap.measurement.deconvolved_major_err is 'Error of the deconvolved major axis, 1 sigma [deg].';
comment on column trap.measurement.deconvolved_minor_err is 'Error of the deconvolved minor axis, 1 sigma [deg].';
comment on column trap.measurement.deconvolved_pa_err is 'Error of the deconvolved position angle, 1 sigma [deg].';
comment on column trap.measurement.chi2 is 'Reduced chi squared of the fit [1].';
comment on column trap.measurement.x is 'First pixel coordinate, counted from 0 [pixel].';
comment on column trap.measurement.y is 'Second pixel coordinate, counted from 0 [pixel].';
comment on column trap.measurement.island is 'Island of pixels in the image to which it belongs; -1 for a forced fit.';
comment on column trap.measurement.flags is 'Bits, one a peculiarity of the fit, named in the documentation of the extractor.';
comment on column trap.measurement.usable is
'Whether it takes part: its fluxes, their errors and, for a blind one, the errors of its position are known.';
comment on column trap.measurement.group_id is
'Group of blind measurements of one image that share an island or lie within a beam of each other: the lowest of their ids.';
comment on column trap.measurement.siblings is 'Number of other measurements in the group.';
