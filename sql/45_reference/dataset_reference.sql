-- With which reference catalogues each data set is matched.
-- reads: trap_data.dataset_reference, trap_data.dataset, trap_data.reference_catalogue
create view trap.dataset_reference as
select
    d.name as dataset, k.dataset_id, c.name as catalogue, c.version, k.catalogue_id, k.spectral_index_min, k.spectral_index_max
from trap_data.dataset_reference as k
inner join trap_data.dataset as d on k.dataset_id = d.dataset_id
inner join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id;
comment on view trap.dataset_reference is
'The reference catalogues with which the sources of a data set are matched.';
comment on column trap.dataset_reference.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.dataset_reference.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.dataset_reference.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.dataset_reference.version is 'Its version. {meta.version;meta.table}';
comment on column trap.dataset_reference.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.dataset_reference.spectral_index_min is
'Smallest spectral index by which fluxes are taken to its frequency where none is known [1]. {spect.index;stat.min}';
comment on column trap.dataset_reference.spectral_index_max is 'Largest one [1]. {spect.index;stat.max}';
