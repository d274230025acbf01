-- The sources of a reference catalogue near each source, with what speaks for each: its place among them, how often chance brings
-- one as near, and how reliable it is, beside the others and none of them.
-- Sources: chance, Downes et al. 1986, MNRAS 218, 31, section 3; likelihood ratio L = f(r) / n and reliability
-- L_i / (sum of L_j + (1 - Q) / Q), Sutherland & Saunders 1992, MNRAS 259, 413, equations 3 and 5, here with Q = 1/2 and
-- without the distribution of fluxes.
-- reads: trap.near_reference
create view trap.reference_match as
select
    p.dataset, p.dataset_id, p.source_id, p.catalogue, p.version, p.catalogue_id, p.reference_id, p.designation, p.object_class,
    p.separation_arcsec, p.east_arcsec, p.north_arcsec, p.de_ruiter_radius, p.ra_err_arcsec, p.dec_err_arcsec,
    (row_number() over beside)::integer as rank,
    l.chance_probability,
    l.likelihood_ratio
    / (1 + sum(l.likelihood_ratio) over (partition by p.dataset_id, p.source_id, p.catalogue_id)) as reliability,
    p.counterpart, p.ra, p.dec, p.epoch, p.flux, p.flux_err, p.frequency, p.spectral_index
from trap.near_reference as p
cross join lateral (
    select
        1 - exp(
            -pi() * power(p.separation_arcsec / 3600, 2) * trap.reference_density(p.catalogue_id, p.ra, p.dec, p.flux)
        ) as chance_probability,
        -- beyond 37 the exponential is no number any more
        exp(-power(least(p.de_ruiter_radius, 37), 2) / 2) / (2 * pi() * p.ra_err_arcsec * p.dec_err_arcsec / (3600 * 3600))
        / trap.reference_density(p.catalogue_id, p.ra, p.dec, null) as likelihood_ratio
    offset 0
) as l
window beside as (
    partition by p.dataset_id, p.source_id, p.catalogue_id order by p.de_ruiter_radius, p.separation_arcsec, p.reference_id
);
comment on view trap.reference_match is
'The sources of a reference catalogue within the combined beam (FWHM, in quadrature) of each source, at the epoch of the image in which it was '
'found first: all of them, as of a source with several components. The matched data sets are in trap.dataset_reference; ask by dataset_id.';
comment on column trap.reference_match.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.reference_match.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.reference_match.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.reference_match.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.reference_match.version is 'Its version. {meta.version;meta.table}';
comment on column trap.reference_match.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.reference_match.reference_id is 'Number of its source. {meta.record}';
comment on column trap.reference_match.designation is 'Name of its source. {meta.id.cross;src principal}';
comment on column trap.reference_match.object_class is 'What the catalogue says that is. {src.class principal}';
comment on column trap.reference_match.separation_arcsec is
'Its distance from the mean position of the source [arcsec]. {pos.angDistance principal}';
comment on column trap.reference_match.east_arcsec is 'Its offset from the source to the east [arcsec]. {pos.eq.ra;arith.diff}';
comment on column trap.reference_match.north_arcsec is 'Its offset to the north [arcsec]. {pos.eq.dec;arith.diff}';
comment on column trap.reference_match.de_ruiter_radius is
'The distance in units of its error [1]; errors that the catalogue does not state count as none. {stat.value;pos.angDistance principal}';
comment on column trap.reference_match.ra_err_arcsec is
'Error of the offset to the east: those of both, and the systematic ones of both [arcsec]. {stat.error;pos.eq.ra}';
comment on column trap.reference_match.dec_err_arcsec is 'Error of the offset to the north [arcsec]. {stat.error;pos.eq.dec}';
comment on column trap.reference_match.rank is
'Place among those of the catalogue near the source, by de Ruiter radius: 1 is the nearest. {meta.number principal}';
comment on column trap.reference_match.chance_probability is
'Chance that an unrelated source of the catalogue, as bright or brighter, lies as near as that: 1 - exp(-pi n d^2), where n is '
'how many of them per area the catalogue has there [1]. {stat.probability principal}';
comment on column trap.reference_match.reliability is
'Probability that it is the same source, if the source was as likely to be in the catalogue as not, before one looked '
'[1]. {stat.probability principal}';
comment on column trap.reference_match.counterpart is
'Whether it lies within half of the combined beam; otherwise it is a neighbour. {meta.code}';
comment on column trap.reference_match.ra is 'Right ascension of the catalogue''s source at the epoch [deg]. {pos.eq.ra}';
comment on column trap.reference_match.dec is 'Its declination [deg]. {pos.eq.dec}';
comment on column trap.reference_match.epoch is 'When the source was found first, Julian years [yr]. {time.epoch}';
comment on column trap.reference_match.flux is 'Integrated flux density in the catalogue [Jy]. {phot.flux.density;em.radio principal}';
comment on column trap.reference_match.flux_err is 'Its error [Jy]. {stat.error;phot.flux.density;em.radio principal}';
comment on column trap.reference_match.frequency is 'Its frequency [Hz]. {em.freq principal}';
comment on column trap.reference_match.spectral_index is 'Spectral index in the catalogue [1]. {spect.index;em.radio}';
