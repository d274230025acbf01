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
comment on column trap.indexed_reference_source.catalogue is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.version is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.catalogue_id is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.reference_id is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.designation is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.ra is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.dec is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.ra_err is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.dec_err is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.flux is 'As in trap.reference_source [Jy].';
comment on column trap.indexed_reference_source.flux_err is 'As in trap.reference_source [Jy].';
comment on column trap.indexed_reference_source.frequency is 'As in trap.reference_source [Hz].';
comment on column trap.indexed_reference_source.major is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.minor is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.pa is 'As in trap.reference_source [deg].';
comment on column trap.indexed_reference_source.spectral_index is 'As in trap.reference_source [1].';
comment on column trap.indexed_reference_source.pm_ra is 'As in trap.reference_source [mas/yr].';
comment on column trap.indexed_reference_source.pm_dec is 'As in trap.reference_source [mas/yr].';
comment on column trap.indexed_reference_source.parallax is 'As in trap.reference_source [mas].';
comment on column trap.indexed_reference_source.epoch is 'As in trap.reference_source [yr].';
comment on column trap.indexed_reference_source.object_class is 'As in trap.reference_source.';
comment on column trap.indexed_reference_source.pos is 'The position for conditions that use its index.';
