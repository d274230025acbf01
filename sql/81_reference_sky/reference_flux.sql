-- The flux of each source against the catalogue that is nearest in frequency.
-- reads: trap.flux_change
create view trap.reference_flux as
select distinct on (c.dataset_id, c.source_id, c.band_id, c.stokes)
    c.dataset, c.dataset_id, c.source_id, c.band_id, c.stokes, c.catalogue, c.catalogue_id,
    c.ratio as reference_flux_ratio, c.ratio_err as reference_flux_ratio_err, c.significance as reference_flux_significance
from trap.flux_change as c
order by c.dataset_id, c.source_id, c.band_id, c.stokes, abs(ln(c.freq_central / c.frequency)), c.catalogue_id;
comment on view trap.reference_flux is
'The flux density of each source in each band against that of its counterpart in the reference catalogue that is nearest in frequency.';
comment on column trap.reference_flux.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.reference_flux.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.reference_flux.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.reference_flux.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.reference_flux.stokes is 'Stokes parameter: I. {meta.code;phys.polarization.stokes principal}';
comment on column trap.reference_flux.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.reference_flux.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.reference_flux.reference_flux_ratio is
'Flux density over that of the counterpart at the band''s frequency [1]. {phot.flux.density;em.radio;arith.ratio principal}';
comment on column trap.reference_flux.reference_flux_ratio_err is 'Its error, 1 sigma [1]. {stat.error;arith.ratio}';
comment on column trap.reference_flux.reference_flux_significance is
'How far the ratio lies from 1 beyond what spectral indices of the range make of it [sigma]. {stat.value}';
