-- The sources of the reference catalogues, with the frequency and the epoch of their catalogue where they have none of their own.
-- reads: trap.indexed_reference_source
create view trap.reference_source as
select
    catalogue, version, catalogue_id, reference_id, designation, ra, dec, ra_err, dec_err, flux, flux_err, frequency, major, minor,
    pa, spectral_index, pm_ra, pm_dec, parallax, epoch, object_class
from trap.indexed_reference_source;
comment on view trap.reference_source is 'The sources of the reference catalogues; trap.reference_cone searches around a position.';
comment on column trap.reference_source.catalogue is 'Name of the catalogue. {meta.id;meta.table principal}';
comment on column trap.reference_source.version is 'Its version. {meta.version;meta.table}';
comment on column trap.reference_source.catalogue_id is 'Catalogue. {meta.id;meta.table indexed}';
comment on column trap.reference_source.reference_id is 'Number of the row in its file, from 1. {meta.record}';
comment on column trap.reference_source.designation is 'Name of the source in the catalogue. {meta.id;src;meta.main principal}';
comment on column trap.reference_source.ra is 'Right ascension, ICRS, at its epoch [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.reference_source.dec is 'Declination, ICRS, at its epoch [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.reference_source.ra_err is
'Error of the right ascension, an angle on the sky [deg]. {stat.error;pos.eq.ra principal}';
comment on column trap.reference_source.dec_err is 'Error of the declination [deg]. {stat.error;pos.eq.dec principal}';
comment on column trap.reference_source.flux is 'Integrated flux density [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.reference_source.flux_err is 'Its error [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.reference_source.frequency is
'Frequency of the flux density, its own or that of the catalogue [Hz]. {em.freq principal}';
comment on column trap.reference_source.major is 'Major axis FWHM, as the catalogue lists it [deg]. {phys.angSize.smajAxis;em.radio}';
comment on column trap.reference_source.minor is 'Minor axis FWHM [deg]. {phys.angSize.sminAxis;em.radio}';
comment on column trap.reference_source.pa is 'Position angle, north through east [deg]. {pos.posAng;em.radio}';
comment on column trap.reference_source.spectral_index is
'Spectral index alpha at the frequency, where S ~ nu^alpha [1]. {spect.index;em.radio}';
comment on column trap.reference_source.pm_ra is 'Proper motion to the east on the sky, cos dec included [mas/yr]. {pos.pm;pos.eq.ra}';
comment on column trap.reference_source.pm_dec is 'Proper motion to the north [mas/yr]. {pos.pm;pos.eq.dec}';
comment on column trap.reference_source.parallax is 'Parallax [mas]. {pos.parallax}';
comment on column trap.reference_source.epoch is
'Epoch of the position, its own or the middle of its catalogue''s, Julian years [yr]. {time.epoch}';
comment on column trap.reference_source.object_class is 'What the catalogue says the source is. {src.class}';
