-- Sources that a reference catalogue should have, and has not: its coverage includes the place, it lists nothing within the combined
-- beam, and the brightest point of the source, at the catalogue's frequency and by the least favourable spectral index, lies above
-- its flux limit. Not asked of a catalogue whose beam is less than a third of the image's: what is one source here may be resolved
-- there, and fainter in each beam.
-- reads: trap.dataset_reference, trap.near_reference, trap_data.reference_catalogue, trap_data.source, trap_data.source_flux,
--   trap_data.band, trap_data.image
create view trap.reference_absent as
select
    k.dataset, k.dataset_id, f.source_id, f.band_id, f.stokes::text as stokes, k.catalogue, k.version, k.catalogue_id,
    b.freq_central, f.peak_max as peak_flux_max, f.peak_max_err as peak_flux_max_err,
    f.peak_max * away.factor as least_flux, c.frequency, c.flux_limit, c.completeness,
    f.peak_max * away.factor / c.flux_limit as factor,
    (f.peak_max - c.flux_limit / away.factor) / f.peak_max_err as significance,
    trap.julian_year(s.first_seen) - c.epoch_last as years_after
from trap.dataset_reference as k
inner join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id
inner join trap_data.source_flux as f on k.dataset_id = f.dataset_id and f.stokes = 'I'
inner join trap_data.band as b on f.band_id = b.band_id
inner join trap_data.source as s on k.dataset_id = s.dataset_id and f.source_id = s.source_id
inner join trap_data.image as i on trap.image_of(f.source_id) = i.image_id
cross join lateral (
    select
        least(
            power(c.frequency / b.freq_central, k.spectral_index_min), power(c.frequency / b.freq_central, k.spectral_index_max)
        ) as factor
    offset 0
) as away
where
    not s.monitored
    and f.peak_max * away.factor > c.flux_limit
    and (c.beam_major is null or c.beam_major >= i.beam_major / 3)
    and not exists (
        select from trap.near_reference as p
        where p.dataset_id = f.dataset_id and p.source_id = f.source_id and p.catalogue_id = c.catalogue_id
    )
    and trap.moc_covers(c.coverage, s.ra, s.dec);
comment on view trap.reference_absent is
'Sources that a reference catalogue has not and should have, by coverage, beam, flux limit and range of spectral indices: one row a source, band '
'and catalogue. Only catalogues of which coverage, frequency and flux limit are known say so.';
comment on column trap.reference_absent.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.reference_absent.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.reference_absent.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.reference_absent.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.reference_absent.stokes is 'Stokes parameter: I. {meta.code;phys.polarization.stokes principal}';
comment on column trap.reference_absent.catalogue is
'Reference catalogue that has nothing within the combined beam. {meta.id;meta.table principal}';
comment on column trap.reference_absent.version is 'Its version. {meta.version;meta.table}';
comment on column trap.reference_absent.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.reference_absent.freq_central is 'Central frequency of the band [Hz]. {em.freq principal}';
comment on column trap.reference_absent.peak_flux_max is
'Largest peak flux density of the source in the band [Jy/beam]. {phot.flux.density;em.radio;stat.max principal}';
comment on column trap.reference_absent.peak_flux_max_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density;em.radio}';
comment on column trap.reference_absent.least_flux is
'The same at the frequency of the catalogue, by the spectral index of the range that makes it least [Jy]. {phot.flux.density;em.radio;stat.min}';
comment on column trap.reference_absent.frequency is 'Frequency of the catalogue [Hz]. {em.freq principal}';
comment on column trap.reference_absent.flux_limit is 'Its flux limit [Jy]. {phot.flux.density;em.radio;stat.min}';
comment on column trap.reference_absent.completeness is
'Share of the sources at the limit that it lists; NULL: not known [1]. {stat.value}';
comment on column trap.reference_absent.factor is
'By how much the source exceeds the limit: least_flux / flux_limit [1]. {phot.flux.density;em.radio;arith.ratio principal}';
comment on column trap.reference_absent.significance is
'By how many errors the brightest point exceeds the limit at its own frequency [sigma]. {stat.value principal}';
comment on column trap.reference_absent.years_after is
'How long after the last observation of the catalogue the source was found first [yr]. {time.interval}';
