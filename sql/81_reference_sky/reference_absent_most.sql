-- The catalogue that speaks loudest of those that should have a source and have not.
-- reads: trap.reference_absent
create view trap.reference_absent_most as
select distinct on (a.dataset_id, a.source_id, a.band_id, a.stokes)
    a.dataset, a.dataset_id, a.source_id, a.band_id, a.stokes, a.catalogue, a.catalogue_id,
    a.factor as reference_absent_factor, a.significance as reference_absent_significance
from trap.reference_absent as a
order by a.dataset_id, a.source_id, a.band_id, a.stokes, a.factor desc, a.catalogue_id;
comment on view trap.reference_absent_most is
'Of the reference catalogues that should have a source and have not, the one whose limit it exceeds most.';
comment on column trap.reference_absent_most.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.reference_absent_most.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.reference_absent_most.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.reference_absent_most.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.reference_absent_most.stokes is 'Stokes parameter: I. {meta.code;phys.polarization.stokes principal}';
comment on column trap.reference_absent_most.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.reference_absent_most.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.reference_absent_most.reference_absent_factor is
'By how much it exceeds the flux limit of the catalogue [1]. {phot.flux.density;em.radio;arith.ratio principal}';
comment on column trap.reference_absent_most.reference_absent_significance is 'By how many errors [sigma]. {stat.value}';
