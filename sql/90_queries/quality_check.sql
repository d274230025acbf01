-- The quality checks of the images, passed or not.
-- reads: trap_data.quality_check, trap_data.image, trap_data.dataset
create view trap.quality_check as
select
    d.name as dataset, i.dataset_id, q.image_id, i.path, q.name, q.value, q.low, q.high, q.passed, q.detail
from trap_data.quality_check as q
inner join trap_data.image as i on q.image_id = i.image_id
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id;
comment on view trap.quality_check is 'The quality checks of each image, passed or not.';
comment on column trap.quality_check.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.quality_check.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.quality_check.image_id is 'Image. {meta.id;obs.image principal indexed}';
comment on column trap.quality_check.path is 'Path of the file. {meta.ref;meta.file}';
comment on column trap.quality_check.name is 'Name of the check. {meta.code.qual principal}';
comment on column trap.quality_check.value is 'Value found [as detail states]. {stat.value principal}';
comment on column trap.quality_check.low is 'Lower limit [as value]. {stat.value;stat.min principal}';
comment on column trap.quality_check.high is 'Upper limit [as value]. {stat.value;stat.max principal}';
comment on column trap.quality_check.passed is 'Whether the image passed. {meta.code.qual principal}';
comment on column trap.quality_check.detail is 'The check in words. {meta.note}';
