-- A worker that decided, asked, and died before it could say so decides again: that is the same decision.
alter table trap_data.observation add column job_id uuid unique;
comment on column trap_data.observation.job_id is 'Task that decided; NULL: it is from before that was kept.';
