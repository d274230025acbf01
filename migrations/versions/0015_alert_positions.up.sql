-- Positions of alerts that are monitored in a data set. They belong to the archive, as alerts do: the name of the data set, which need
-- not be there, and the source, which may be gone with it.
create table trap_data.alert_rule (
    name text primary key check (name <> ''),
    stream text not null,
    dataset_name text not null check (dataset_name <> ''),
    error_max double precision not null check (error_max > 0 and error_max < 90),
    owner text not null default session_user,
    added_at timestamptz not null default now()
);
comment on table trap_data.alert_rule is 'A rule: the positions of some alerts are monitored in a data set as soon as they come.';
comment on column trap_data.alert_rule.name is 'Name given by the user.';
comment on column trap_data.alert_rule.stream is 'Streams of the alerts that are meant: how their names begin.';
comment on column trap_data.alert_rule.dataset_name is 'Data set.';
comment on column trap_data.alert_rule.error_max is 'Largest error region of a position that is monitored: its radius or semi-major axis [deg].';
comment on column trap_data.alert_rule.owner is 'User who added it, who alone may remove it.';
comment on column trap_data.alert_rule.added_at is 'When it was added.';

create table trap_data.alert_position (
    alert_id bigint not null references trap_data.alert on delete cascade,
    dataset_name text not null check (dataset_name <> ''),
    source_id bigint,
    asked_at timestamptz not null default clock_timestamp(),
    filled_at timestamptz,
    primary key (alert_id, dataset_name),
    check (filled_at is null or source_id is not null)
);
-- what is to be done: nearly always nothing
create index on trap_data.alert_position (alert_id) where filled_at is null;
comment on table trap_data.alert_position is 'A position of an alert that is monitored in a data set.';
comment on column trap_data.alert_position.alert_id is 'Alert.';
comment on column trap_data.alert_position.dataset_name is 'Name of the data set.';
comment on column trap_data.alert_position.source_id is 'Source of the monitored position; NULL: it is not made yet.';
comment on column trap_data.alert_position.asked_at is 'When it was asked for.';
comment on column trap_data.alert_position.filled_at is 'When the images that are there had been measured; NULL: not yet.';
