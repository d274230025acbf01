-- Each source with what a reference catalogue has within the combined beam of it, where that was when the source was found first: the
-- figures of the pair alone. trap.reference_match weighs those of a source against each other.
-- The error of a source's mean has its systematic part reduced as if that were noise: what n points took away is added again.
-- reads: trap_data.reference_match, trap_data.reference_source, trap_data.reference_catalogue, trap_data.source, trap_data.image,
--   trap_data.dataset
create view trap.near_reference as
select
    d.name as dataset, m.dataset_id, m.source_id, c.name as catalogue, c.version, m.catalogue_id, m.reference_id,
    r.designation, r.class as object_class,
    away.separation * 3600 as separation_arcsec, away.east * 3600 as east_arcsec, away.north * 3600 as north_arcsec,
    trap.de_ruiter_radius(away.east, away.north, err.ra_err, err.dec_err, 0, 0) as de_ruiter_radius,
    err.ra_err * 3600 as ra_err_arcsec, err.dec_err * 3600 as dec_err_arcsec,
    -- half of the combined beam: what is farther off is a neighbour
    away.separation <= founded.combined_beam / 2 as counterpart,
    place.ra, place.dec, founded.epoch, r.flux, r.flux_err, coalesce(r.frequency, c.frequency) as frequency, r.spectral_index
from trap_data.reference_match as m
inner join trap_data.dataset as d on m.dataset_id = d.dataset_id
inner join trap_data.reference_catalogue as c on m.catalogue_id = c.catalogue_id
inner join trap_data.source as s on m.dataset_id = s.dataset_id and m.source_id = s.source_id
inner join trap_data.image as i on trap.image_of(m.source_id) = i.image_id
-- each by its key, never a whole catalogue
cross join lateral (
    select k.*
    from trap_data.reference_source as k
    where m.catalogue_id = k.catalogue_id and m.reference_id = k.reference_id
    offset 0
) as r
cross join lateral (
    select
        trap.julian_year(i.taken_at) as epoch,
        sqrt(i.beam_major * i.beam_major + coalesce(c.beam_major * c.beam_major, 0)) as combined_beam,
        coalesce((d.configuration #>> '{extraction,systematic_error_arcsec,0}')::double precision / 3600, i.beam_major / 10) as ra_err,
        coalesce((d.configuration #>> '{extraction,systematic_error_arcsec,1}')::double precision / 3600, i.beam_major / 10) as dec_err
    offset 0
) as founded
cross join lateral trap.epoch_position(
    r.ra, r.dec, r.pm_ra, r.pm_dec, coalesce(r.epoch, (c.epoch_first + c.epoch_last) / 2), founded.epoch
) as place
cross join lateral trap.tangent_offset(s.ra, s.dec, place.ra, place.dec) as away
cross join lateral (
    select
        sqrt(
            s.ra_err * s.ra_err + founded.ra_err * founded.ra_err * (1 - 1 / s.n_blind::double precision)
            + coalesce(r.ra_err * r.ra_err, 0) + coalesce(c.systematic_err * c.systematic_err, 0)
        ) as ra_err,
        sqrt(
            s.dec_err * s.dec_err + founded.dec_err * founded.dec_err * (1 - 1 / s.n_blind::double precision)
            + coalesce(r.dec_err * r.dec_err, 0) + coalesce(c.systematic_err * c.systematic_err, 0)
        ) as dec_err
    offset 0
) as err
where away.separation <= founded.combined_beam;
comment on view trap.near_reference is
'Each source with what a reference catalogue has within the combined beam (FWHM, in quadrature) of it, at the epoch of the image in which the '
'source was found first. trap.reference_match has rank, chance and reliability as well.';
comment on column trap.near_reference.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.near_reference.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.near_reference.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.near_reference.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.near_reference.version is 'Its version. {meta.version;meta.table}';
comment on column trap.near_reference.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.near_reference.reference_id is 'Number of its source. {meta.record}';
comment on column trap.near_reference.designation is 'Name of its source. {meta.id.cross;src principal}';
comment on column trap.near_reference.object_class is 'What the catalogue says that is. {src.class principal}';
comment on column trap.near_reference.separation_arcsec is
'Its distance from the mean position of the source [arcsec]. {pos.angDistance principal}';
comment on column trap.near_reference.east_arcsec is 'Its offset from the source to the east [arcsec]. {pos.eq.ra;arith.diff}';
comment on column trap.near_reference.north_arcsec is 'Its offset to the north [arcsec]. {pos.eq.dec;arith.diff}';
comment on column trap.near_reference.de_ruiter_radius is
'The distance in units of its error [1]; errors that the catalogue does not state count as none. {stat.value;pos.angDistance principal}';
comment on column trap.near_reference.ra_err_arcsec is
'Error of the offset to the east: those of both, and the systematic ones of both [arcsec]. {stat.error;pos.eq.ra}';
comment on column trap.near_reference.dec_err_arcsec is 'Error of the offset to the north [arcsec]. {stat.error;pos.eq.dec}';
comment on column trap.near_reference.counterpart is
'Whether it lies within half of the combined beam; otherwise it is a neighbour. {meta.code}';
comment on column trap.near_reference.ra is 'Right ascension of the catalogue''s source at the epoch [deg]. {pos.eq.ra}';
comment on column trap.near_reference.dec is 'Its declination [deg]. {pos.eq.dec}';
comment on column trap.near_reference.epoch is 'When the source was found first, Julian years [yr]. {time.epoch}';
comment on column trap.near_reference.flux is 'Integrated flux density in the catalogue [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.near_reference.flux_err is 'Its error [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.near_reference.frequency is 'Its frequency [Hz]. {em.freq principal}';
comment on column trap.near_reference.spectral_index is 'Spectral index in the catalogue [1]. {spect.index;em.radio}';
