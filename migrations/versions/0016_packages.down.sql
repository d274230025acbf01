-- Takes away the packages with their tasks, and the calls of responders.
delete from trap_data.job where queue in ('response', 'task', 'long task');
update trap_data.job set state = 'aborted' where state in ('expired', 'refused');
drop index trap_data.job_event_idx;
drop index trap_data.job_call_idx;
drop index trap_data.job_deadline_idx;
drop index trap_data.job_open_idx;
alter table trap_data.job
drop constraint job_state_check,
drop constraint job_check1,
add constraint job_state_check check (state in ('held', 'waiting', 'running', 'done', 'failed', 'aborted')),
add constraint job_check1 check ((state in ('done', 'failed', 'aborted')) = (ended_at is not null)),
drop column log,
drop column prepared,
drop column after,
drop column task,
drop column package_id,
drop column deadline,
drop column priority;
create index job_open_idx on trap_data.job (queue, not_before, number) where state in ('waiting', 'running');
comment on column trap_data.job.state is
'held: not to be begun yet; waiting; running; done, failed, or aborted by a user.';
drop table trap_data.observation;
drop table trap_data.package;
drop table trap_data.responder;
