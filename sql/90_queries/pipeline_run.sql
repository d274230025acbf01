-- The runs that added to each data set.
-- reads: trap_data.pipeline_run, trap_data.dataset
create view trap.pipeline_run as
select
    d.name as dataset, r.dataset_id, r.run_id, r.version, r.software, case when trap.is_insider() then r.host end as host,
    case when trap.is_insider() then r.username end as username, case when trap.is_insider() then r.command end as command,
    r.started_at, r.ended_at, r.outcome, r.timings,
    case when trap.is_insider() then r.configuration else r.configuration #- '{dataset,tense}' end as configuration
from trap_data.pipeline_run as r
inner join trap_data.dataset as d on r.dataset_id = d.dataset_id;
comment on view trap.pipeline_run is 'The runs that added to each data set.';
comment on column trap.pipeline_run.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.pipeline_run.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.pipeline_run.run_id is 'Run. {meta.id;meta.software;meta.main principal indexed}';
comment on column trap.pipeline_run.version is 'Version of trapdb. {meta.version;meta.software principal}';
comment on column trap.pipeline_run.software is
'Versions of what it was made with, by name: Python''s and the server''s, and the revision of the schema. {meta.version;meta.software}';
comment on column trap.pipeline_run.host is 'Name of the machine; NULL for the public. {meta.id}';
comment on column trap.pipeline_run.username is 'Name of the user; NULL for the public. {meta.id;meta.curation}';
comment on column trap.pipeline_run.command is 'Command line; NULL for the public. {meta.note;meta.software}';
comment on column trap.pipeline_run.started_at is 'When it started. {time.start;time.processing principal}';
comment on column trap.pipeline_run.ended_at is
'When it ended; NULL while it runs or if it was killed. {time.end;time.processing principal}';
comment on column trap.pipeline_run.outcome is
'How it ended: completed, interrupted, or failed and why; NULL while it runs or if it was killed. {meta.code.status principal}';
comment on column trap.pipeline_run.timings is 'Seconds spent in each stage [s]. {time.duration;time.processing}';
comment on column trap.pipeline_run.configuration is 'Whole configuration of the run; for the public without the tense of the data set. {obs.param}';
