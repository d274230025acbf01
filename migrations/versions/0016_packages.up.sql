-- Work packages, which responders make of events, and what holds them back. Their tasks are jobs of the queue, which learns of
-- priorities, deadlines, jobs that wait for others, and what is prepared once and then done, however often that takes.
create table trap_data.responder (
    responder text primary key check (responder <> ''),
    held boolean not null default false,
    reason text check (reason <> ''),
    needs_approval boolean not null default false,
    per_hour integer check (per_hour > 0),
    per_day integer default 1000 check (per_day > 0),
    quiet_from time,
    quiet_until time,
    quiet_zone text not null default 'UTC',
    changed_by text not null default session_user,
    changed_at timestamptz not null default clock_timestamp(),
    check ((quiet_from is null) = (quiet_until is null)),
    check (quiet_from <> quiet_until)
);
comment on table trap_data.responder is 'Responders, and what holds their work packages back; in the name of * all of them.';
comment on column trap_data.responder.responder is 'Its name; *: all.';
comment on column trap_data.responder.held is 'Whether nothing of it is begun.';
comment on column trap_data.responder.reason is 'Why it is held.';
comment on column trap_data.responder.needs_approval is 'Whether its packages wait until a person approves of them.';
comment on column trap_data.responder.per_hour is 'So many packages are begun within any hour, at most; those beyond are begun later. NULL: any number.';
comment on column trap_data.responder.per_day is
'So many packages are begun on a day in UTC, at most; those beyond wait until a person approves of them. NULL: any number.';
comment on column trap_data.responder.quiet_from is 'From then on its tasks wait, each day; NULL: never.';
comment on column trap_data.responder.quiet_until is 'Until then.';
comment on column trap_data.responder.quiet_zone is 'The time zone of these two.';
comment on column trap_data.responder.changed_by is 'Who changed this last.';
comment on column trap_data.responder.changed_at is 'When.';

create table trap_data.package (
    package_id bigint generated always as identity primary key,
    event_id bigint not null,
    responder text not null check (responder <> ''),
    number smallint not null check (number >= 0),
    title text not null check (title <> ''),
    event_kind text not null,
    tense text not null,
    state text not null check (state in ('held', 'open', 'done', 'failed', 'cancelled', 'refused')),
    reason text check (reason <> ''),
    opened_at timestamptz,
    approved_by text,
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    unique (event_id, responder, number),
    check ((state in ('done', 'failed', 'cancelled', 'refused')) = (ended_at is not null)),
    check (state not in ('open', 'done') or opened_at is not null),
    check (state <> 'held' or reason is not null)
);
create index package_state_idx on trap_data.package (state, created_at);
-- what was begun within the last hour, and on this day
create index package_opened_idx on trap_data.package (responder, opened_at) where opened_at is not null;
create index package_responder_idx on trap_data.package (responder, package_id) where ended_at is null;
comment on table trap_data.package is 'Work packages: what a responder wants done about an event. They stay, whatever becomes of the data set.';
comment on column trap_data.package.package_id is 'Number of the package.';
comment on column trap_data.package.event_id is 'The event.';
comment on column trap_data.package.responder is 'Who made it.';
comment on column trap_data.package.number is 'Which one it is of those that this responder made of the event, from 0.';
comment on column trap_data.package.title is 'What it is about, in a line.';
comment on column trap_data.package.event_kind is 'Kind of the event.';
comment on column trap_data.package.tense is 'Tense of the event.';
comment on column trap_data.package.state is
'held: not to be begun yet; open; done: all tasks are; failed: one has failed, or its time was over; cancelled; refused: a task would have told the world of what is not real.';
comment on column trap_data.package.reason is 'Why it is held, or was cancelled.';
comment on column trap_data.package.opened_at is 'From when its tasks may be begun; NULL: it was never to be begun.';
comment on column trap_data.package.approved_by is 'Who approved of it; NULL: nobody had to.';
comment on column trap_data.package.created_at is 'When it was made.';
comment on column trap_data.package.ended_at is 'When the last of its tasks had ended; NULL: they have not.';

alter table trap_data.job
add column priority smallint not null default 0 check (priority between -2 and 2),
add column deadline timestamptz,
add column package_id bigint references trap_data.package,
add column task smallint check (task >= 0),
add column after smallint[] not null default '{}',
add column prepared jsonb,
add column log jsonb not null default '[]',
drop constraint job_state_check,
drop constraint job_check1,
add constraint job_state_check
check (state in ('held', 'blocked', 'waiting', 'running', 'done', 'failed', 'expired', 'refused', 'aborted')),
add constraint job_check1
check ((state in ('done', 'failed', 'expired', 'refused', 'aborted')) = (ended_at is not null)),
add constraint job_of_package_check check ((queue in ('task', 'long task')) = (package_id is not null)),
add constraint job_task_number_check check ((package_id is null) = (task is null)),
add constraint job_after_task_check check (cardinality(after) = 0 or task > all(after)),
add unique (package_id, task);
-- by priority, and within it in the order in which their time comes
drop index trap_data.job_open_idx;
create index job_open_idx on trap_data.job (queue, priority, not_before, number) where state in ('waiting', 'running');
create index job_deadline_idx on trap_data.job (deadline) where deadline is not null and state in ('held', 'blocked', 'waiting');
-- calls of responders of which no package came
create index job_call_idx on trap_data.job (number)
where queue = 'response' and state in ('held', 'waiting', 'running', 'failed', 'expired', 'aborted');
create index job_event_idx on trap_data.job (((payload ->> 'event_id')::bigint)) where queue = 'response';
comment on column trap_data.job.state is
'held: not to be begun yet; blocked: waits for other tasks of its package; waiting; running; done, failed, expired as its deadline had passed, refused as it would have told the world of what is not real, or aborted.';
comment on column trap_data.job.priority is 'From -2 to 2; what is higher is taken first.';
comment on column trap_data.job.deadline is 'After this time it is not begun any more; NULL: it always may be.';
comment on column trap_data.job.package_id is 'The package whose task it is; NULL: it is none.';
comment on column trap_data.job.task is 'Which task of the package it is, from 0.';
comment on column trap_data.job.after is 'Tasks of the package that have to be done before.';
comment on column trap_data.job.prepared is 'What was made of it before it was begun, and stays the same at every attempt.';
comment on column trap_data.job.log is 'What happened to it: an array of objects with at, worker and said.';

create table trap_data.observation (
    observation_id bigint generated always as identity primary key,
    package_id bigint not null references trap_data.package,
    event_id bigint not null,
    observatory text not null check (observatory <> ''),
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    state text not null check (state in ('declined', 'requested', 'accepted', 'observed', 'failed', 'cancelled')),
    reason text not null check (reason <> ''),
    begin_at timestamptz,
    end_at timestamptz check (end_at >= begin_at),
    reference text,
    decided_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp(),
    check ((state = 'declined') = (reference is null))
);
create index on trap_data.observation (event_id);
create index on trap_data.observation (package_id);
comment on table trap_data.observation is 'Whether observatories were asked to observe the source of an event, and why, or why not: a row a decision.';
comment on column trap_data.observation.observation_id is 'Number of the decision.';
comment on column trap_data.observation.package_id is 'Package whose task it was.';
comment on column trap_data.observation.event_id is 'Event.';
comment on column trap_data.observation.observatory is 'Observatory, as the settings of the worker name it.';
comment on column trap_data.observation.ra is 'Place that was asked for, right ascension [deg].';
comment on column trap_data.observation.dec is 'The same, declination [deg].';
comment on column trap_data.observation.state is
'declined: it was not asked; requested; accepted by the observatory, observed, failed or cancelled, as it says.';
comment on column trap_data.observation.reason is 'Why it was asked, or was not, in words.';
comment on column trap_data.observation.begin_at is 'From when it can be observed; NULL: never within the time.';
comment on column trap_data.observation.end_at is 'Until when.';
comment on column trap_data.observation.reference is 'By what the observatory knows the request; NULL: it was not asked.';
comment on column trap_data.observation.decided_at is 'When it was decided.';
comment on column trap_data.observation.changed_at is 'When its state was asked for last.';
