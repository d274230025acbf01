-- What a run was made with, and what it warned of.
alter table trap_data.pipeline_run add column software jsonb;
comment on column trap_data.pipeline_run.software is
'Versions of what the run was made with, by name; NULL for runs of before it was recorded.';

create table trap_data.run_warning (
    run_id bigint not null references trap_data.pipeline_run on delete cascade,
    logged_at timestamptz not null default clock_timestamp(),
    message text not null
);
create index on trap_data.run_warning (run_id);
comment on table trap_data.run_warning is 'What a run told of that was neither an image nor its end.';
comment on column trap_data.run_warning.run_id is 'Run.';
comment on column trap_data.run_warning.logged_at is 'When it was recorded.';
comment on column trap_data.run_warning.message is 'What it told.';
