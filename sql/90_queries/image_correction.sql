-- By how much images were corrected before they were associated.
-- reads: trap_data.image_correction, trap_data.image, trap_data.dataset, trap_data.reference_catalogue
create view trap.image_correction as
select
    d.name as dataset, i.dataset_id, k.image_id, i.path, c.name as catalogue, c.version, k.catalogue_id,
    k.n, k.n_flux, k.east_arcsec, k.north_arcsec, k.flux_scale
from trap_data.image_correction as k
inner join trap_data.image as i on k.image_id = i.image_id
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
left join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id;
comment on view trap.image_correction is
'By how much images were corrected before they were associated: a turn of the whole image, so that its centre moves by so much, and a factor on '
'all its flux densities. What is not listed was not corrected.';
comment on column trap.image_correction.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_correction.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_correction.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_correction.path is 'Path of the file it was read from. {meta.ref;meta.file}';
comment on column trap.image_correction.catalogue is
'Reference catalogue by which it was corrected; NULL: that was removed since. {meta.id;meta.table principal}';
comment on column trap.image_correction.version is 'Its version. {meta.version;meta.table}';
comment on column trap.image_correction.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.image_correction.n is
'Counterparts whose median offset was taken; NULL: positions were not corrected. {meta.number;src principal}';
comment on column trap.image_correction.n_flux is
'Counterparts whose median ratio of flux densities was taken; NULL: they were not corrected. {meta.number;src principal}';
comment on column trap.image_correction.east_arcsec is
'By how much the centre was moved to the east [arcsec]. {pos.eq.ra;arith.diff principal}';
comment on column trap.image_correction.north_arcsec is 'By how much it was moved to the north [arcsec]. {pos.eq.dec;arith.diff principal}';
comment on column trap.image_correction.flux_scale is
'By what flux densities, their errors and noises were multiplied [1]. {arith.factor;phot.calib principal}';
