-- Why an image was rejected, or a file could not become an image: a row a reason.
-- reads: trap_data.quality_check, trap_data.image, trap_data.run_log, trap_data.pipeline_run, trap_data.dataset
create view trap.rejection as
select d.name as dataset, i.dataset_id, i.run_id, q.image_id, i.path, q.name as reason, q.detail
from trap_data.quality_check as q
inner join trap_data.image as i on q.image_id = i.image_id
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
where not q.passed
union all
select d.name as dataset, r.dataset_id, r.run_id, null::bigint as image_id, g.path, g.reason, g.detail
from trap_data.run_log as g
inner join trap_data.pipeline_run as r on g.run_id = r.run_id
inner join trap_data.dataset as d on r.dataset_id = d.dataset_id;
comment on view trap.rejection is
'Why images were rejected: each failed check of an image, and each file that could not become an image (then without image_id).';
comment on column trap.rejection.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.rejection.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.rejection.run_id is 'Run that met the file. {meta.id;meta.software}';
comment on column trap.rejection.image_id is 'Image; NULL for a file that could not become one. {meta.id;obs.image principal}';
comment on column trap.rejection.path is 'Path of the file. {meta.ref;meta.file principal}';
comment on column trap.rejection.reason is 'Name of the check, or short name of the reason. {meta.code.qual principal}';
comment on column trap.rejection.detail is 'What was wrong. {meta.note principal}';
