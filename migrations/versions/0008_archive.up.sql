-- The queue of the archive: work that is done later, by whoever takes it. Of a job that is taken, the token tells whose turn it is:
-- whoever lost their lease has an old one, and can neither finish the job nor fail it.
create table trap_data.job (
    job_id uuid primary key default gen_random_uuid(),
    number bigint not null generated always as identity,
    queue text not null check (queue <> ''),
    payload jsonb not null,
    dedupe_key text,
    state text not null default 'waiting' check (state in ('held', 'waiting', 'running', 'done', 'failed', 'aborted')),
    attempts integer not null default 0 check (attempts >= 0),
    attempts_max integer not null check (attempts_max > 0),
    not_before timestamptz not null default now(),
    token bigint not null default 0,
    worker text,
    lease_until timestamptz,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    expires_at timestamptz,
    result jsonb,
    error text,
    unique (queue, dedupe_key),
    check ((state = 'running') = (lease_until is not null)),
    check ((state in ('done', 'failed', 'aborted')) = (ended_at is not null)),
    check (state <> 'failed' or error is not null)
);
-- what may be taken; jobs that have ended are not in it, however many there are
create index job_open_idx on trap_data.job (queue, not_before, number) where state in ('waiting', 'running');
create index job_number_idx on trap_data.job (queue, number);
create index job_expires_idx on trap_data.job (expires_at) where expires_at is not null;
comment on table trap_data.job is 'Jobs: work that is done later, by whoever takes it, once.';
comment on column trap_data.job.job_id is 'Identifier; it cannot be guessed.';
comment on column trap_data.job.number is 'Number, in the order in which they came.';
comment on column trap_data.job.queue is 'What kind of work it is.';
comment on column trap_data.job.payload is 'What is to be done.';
comment on column trap_data.job.dedupe_key is 'What tells the job from others of its queue: a second one of this key is the first; NULL: every one is another.';
comment on column trap_data.job.state is
'held: not to be begun yet; waiting; running; done, failed, or aborted by a user.';
comment on column trap_data.job.attempts is 'How often it was taken.';
comment on column trap_data.job.attempts_max is 'So often it is taken, at most.';
comment on column trap_data.job.not_before is 'Before this time it is not taken.';
comment on column trap_data.job.token is 'How often its turn has passed on; whoever took it may work on it as long as this is unchanged.';
comment on column trap_data.job.worker is 'Who took it last.';
comment on column trap_data.job.lease_until is 'Until when it is theirs, unless they renew it; NULL: nobody works on it.';
comment on column trap_data.job.created_at is 'When it came.';
comment on column trap_data.job.started_at is 'When it was taken last.';
comment on column trap_data.job.ended_at is 'When it ended.';
comment on column trap_data.job.expires_at is 'When it and its result are removed; NULL: never.';
comment on column trap_data.job.result is 'What came of it.';
comment on column trap_data.job.error is 'Why it failed, or last did.';
