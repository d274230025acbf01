-- The sources of the reference catalogues as trap.reference_source has them, with the position that is indexed: ADQL is translated to
-- it, by trapdb/adql/views.py. It is a view of its own, since its type is not known to databases without pgSphere that import the others.
-- reads: trap_data.reference_source, trap_data.reference_catalogue
create view trap.indexed_reference_source as
select
    c.name as catalogue, c.version, s.catalogue_id, s.reference_id, s.designation,
    s.ra::double precision as ra, s.dec::double precision as dec, s.ra_err, s.dec_err,
    s.flux, s.flux_err, coalesce(s.frequency, c.frequency) as frequency, s.major, s.minor, s.pa, s.spectral_index,
    s.pm_ra, s.pm_dec, s.parallax, coalesce(s.epoch, (c.epoch_first + c.epoch_last) / 2) as epoch, s.class as object_class,
    s.pos
from trap_data.reference_source as s
inner join trap_data.reference_catalogue as c on s.catalogue_id = c.catalogue_id;
comment on view trap.indexed_reference_source is
'The sources of the reference catalogues as trap.reference_source has them, with the position that is indexed.';
comment on column trap.indexed_reference_source.catalogue is 'Name of the catalogue. {meta.id;meta.table principal}';
comment on column trap.indexed_reference_source.version is 'Its version. {meta.version;meta.table}';
comment on column trap.indexed_reference_source.catalogue_id is 'Catalogue. {meta.id;meta.table indexed}';
comment on column trap.indexed_reference_source.reference_id is 'Number of the row in its file, from 1. {meta.record}';
comment on column trap.indexed_reference_source.designation is 'Name of the source in the catalogue. {meta.id;src;meta.main principal}';
comment on column trap.indexed_reference_source.ra is 'Right ascension, ICRS, at its epoch [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.indexed_reference_source.dec is 'Declination, ICRS, at its epoch [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.indexed_reference_source.ra_err is
'Error of the right ascension, an angle on the sky [deg]. {stat.error;pos.eq.ra principal}';
comment on column trap.indexed_reference_source.dec_err is 'Error of the declination [deg]. {stat.error;pos.eq.dec principal}';
comment on column trap.indexed_reference_source.flux is 'Integrated flux density [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.indexed_reference_source.flux_err is 'Its error [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.indexed_reference_source.frequency is
'Frequency of the flux density, its own or that of the catalogue [Hz]. {em.freq principal}';
comment on column trap.indexed_reference_source.major is 'Major axis FWHM, as the catalogue lists it [deg]. {phys.angSize.smajAxis;em.radio}';
comment on column trap.indexed_reference_source.minor is 'Minor axis FWHM [deg]. {phys.angSize.sminAxis;em.radio}';
comment on column trap.indexed_reference_source.pa is 'Position angle, north through east [deg]. {pos.posAng;em.radio}';
comment on column trap.indexed_reference_source.spectral_index is
'Spectral index alpha at the frequency, where S ~ nu^alpha [1]. {spect.index;em.radio}';
comment on column trap.indexed_reference_source.pm_ra is 'Proper motion to the east on the sky, cos dec included [mas/yr]. {pos.pm;pos.eq.ra}';
comment on column trap.indexed_reference_source.pm_dec is 'Proper motion to the north [mas/yr]. {pos.pm;pos.eq.dec}';
comment on column trap.indexed_reference_source.parallax is 'Parallax [mas]. {pos.parallax}';
comment on column trap.indexed_reference_source.epoch is
'Epoch of the position, its own or the middle of its catalogue''s, Julian years [yr]. {time.epoch}';
comment on column trap.indexed_reference_source.object_class is 'What the catalogue says the source is. {src.class}';
comment on column trap.indexed_reference_source.pos is 'The position for conditions that use its index. {pos.eq indexed}';
