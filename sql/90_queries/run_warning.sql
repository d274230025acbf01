-- What the runs of each data set warned of.
-- reads: trap_data.run_warning, trap_data.pipeline_run, trap_data.dataset
create view trap.run_warning as
select d.name as dataset, r.dataset_id, w.run_id, w.logged_at, w.message
from trap_data.run_warning as w
inner join trap_data.pipeline_run as r on w.run_id = r.run_id
inner join trap_data.dataset as d on r.dataset_id = d.dataset_id;
comment on view trap.run_warning is 'What the runs of each data set warned of.';
comment on column trap.run_warning.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.run_warning.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.run_warning.run_id is 'Run. {meta.id;meta.software principal indexed}';
comment on column trap.run_warning.logged_at is 'When it was recorded. {time.processing principal}';
comment on column trap.run_warning.message is 'The text of the warning. {meta.note principal}';
