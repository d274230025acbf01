-- The spectral index between a band and a catalogue: if the source did not change in the meantime.
-- reads: trap.flux_change
create view trap.two_frequency_index as
select
    c.dataset, c.dataset_id, c.source_id, c.band_id, c.catalogue, c.version, c.catalogue_id, c.reference_id, c.designation,
    c.freq_central, c.frequency,
    ln(c.int_flux / c.reference_flux) / ln(c.freq_central / c.frequency) as spectral_index,
    sqrt(power(c.int_flux_err / c.int_flux, 2) + power(c.reference_flux_err / c.reference_flux, 2))
    / abs(ln(c.freq_central / c.frequency)) as spectral_index_err
from trap.flux_change as c
-- nearer frequencies have no lever
where c.int_flux > 0 and abs(ln(c.freq_central / c.frequency)) > 0.1;
comment on view trap.two_frequency_index is
'The spectral index of each source between its mean in a band and the nearest counterpart in each reference catalogue, S ~ nu^index, where the '
'frequencies differ by a tenth or more: true if the source did not change in the meantime.';
comment on column trap.two_frequency_index.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.two_frequency_index.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.two_frequency_index.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.two_frequency_index.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.two_frequency_index.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.two_frequency_index.version is 'Its version. {meta.version;meta.table}';
comment on column trap.two_frequency_index.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.two_frequency_index.reference_id is 'Number of the counterpart. {meta.record}';
comment on column trap.two_frequency_index.designation is 'Name of the counterpart. {meta.id.cross;src principal}';
comment on column trap.two_frequency_index.freq_central is 'Central frequency of the band [Hz]. {em.freq principal}';
comment on column trap.two_frequency_index.frequency is 'Frequency of the catalogue [Hz]. {em.freq principal}';
comment on column trap.two_frequency_index.spectral_index is 'Spectral index [1]. {spect.index;em.radio}';
comment on column trap.two_frequency_index.spectral_index_err is
'Its error, from those of both flux densities, 1 sigma [1]. {stat.error;spect.index}';
