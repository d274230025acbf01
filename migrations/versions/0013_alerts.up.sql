-- Alerts of others: they belong to the archive, not to one data set. What is no alert is kept too, as it came, so that somebody can look
-- why it was refused; it never stands in the way of an alert that comes by the same name.
create table trap_data.alert (
    alert_id bigint generated always as identity primary key,
    state text not null check (state in ('accepted', 'refused')),
    reason text check (reason <> ''),
    ivorn text unique check (ivorn <> ''),
    stream text,
    role text check (role in ('observation', 'prediction', 'utility', 'test')),
    kind text check (kind in ('initial', 'update', 'retraction')),
    event text,
    author text,
    format text check (format in ('voevent', 'gcn')),
    origin text not null,
    content bytea not null,
    content_bytes bigint not null check (content_bytes >= 0),
    digest text not null,
    received_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz check (sent_at > '-infinity' and sent_at < 'infinity'),
    event_at timestamptz check (event_at > '-infinity' and event_at < 'infinity'),
    ra trap_data.right_ascension,
    dec trap_data.declination,
    error_major double precision check (error_major >= 0 and error_major < 90),
    error_minor double precision check (error_minor >= 0 and error_minor <= error_major),
    error_pa double precision check (error_pa between -360 and 360),
    containment double precision check (containment > 0 and containment <= 1),
    circle scircle,
    skymap_id integer references trap_data.skymap on delete set null,
    skymap_url text,
    parameters jsonb not null default '{}',
    check ((ra is null) = (dec is null) and (ra is null) = (circle is null)),
    check (error_major is null or ra is not null),
    check ((error_minor is null) = (error_pa is null)),
    check (
        case state
            when 'accepted' then num_nulls(ivorn, stream, role, kind, format) = 0 and reason is null
            else ivorn is null and reason is not null
        end
    )
);
-- what is refused is known by no name
create unique index on trap_data.alert (digest) where state = 'refused';
create index on trap_data.alert (event, stream);
create index on trap_data.alert (received_at);
create index on trap_data.alert (event_at);
create index on trap_data.alert (skymap_id);
create index on trap_data.alert using gist (circle);
comment on table trap_data.alert is 'What came from others as an alert: a VOEvent or a notice of GCN, accepted or refused.';
comment on column trap_data.alert.alert_id is 'Identifier, in the order in which they came; never used twice.';
comment on column trap_data.alert.state is 'accepted or refused.';
comment on column trap_data.alert.reason is 'Why it was refused; NULL: it was not.';
comment on column trap_data.alert.ivorn is
'IVORN of a VOEvent; of a notice without one its topic, event and digest. NULL: refused.';
comment on column trap_data.alert.stream is 'Who sends it: the IVORN up to #, or the topic.';
comment on column trap_data.alert.role is 'observation, prediction, utility or test.';
comment on column trap_data.alert.kind is 'initial, update or retraction.';
comment on column trap_data.alert.event is 'By which name its sender knows the event, such as a trigger''s number; NULL: not told.';
comment on column trap_data.alert.author is 'Who made it; NULL: not told.';
comment on column trap_data.alert.format is 'voevent, or gcn: a notice of GCN in JSON; NULL: not to be told.';
comment on column trap_data.alert.origin is 'Whence it came: broker, topic or file.';
comment on column trap_data.alert.content is 'Its bytes, as they came; of what was refused no more than the first 64 kB.';
comment on column trap_data.alert.content_bytes is 'How many bytes it had.';
comment on column trap_data.alert.digest is 'SHA-256 of all of these.';
comment on column trap_data.alert.received_at is 'When it came.';
comment on column trap_data.alert.sent_at is 'When its author made it, UTC; NULL: not told.';
comment on column trap_data.alert.event_at is 'When the event was, UTC; NULL: not told.';
comment on column trap_data.alert.ra is 'Right ascension, ICRS [deg]; NULL: not told.';
comment on column trap_data.alert.dec is 'Declination, ICRS [deg]; NULL: not told.';
comment on column trap_data.alert.error_major is
'Radius of the error circle, or semi-major axis of the error ellipse [deg]; NULL: not told.';
comment on column trap_data.alert.error_minor is 'Semi-minor axis of the error ellipse [deg]; NULL: it is a circle.';
comment on column trap_data.alert.error_pa is 'Position angle of its major axis, north through east [deg]; NULL: it is a circle.';
comment on column trap_data.alert.containment is 'Probability that the event was in the error region, as told [1]; NULL: not told.';
comment on column trap_data.alert.circle is 'A circle that holds the error region.';
comment on column trap_data.alert.skymap_id is 'Sky map; NULL: there is none, or it was removed.';
comment on column trap_data.alert.skymap_url is 'Where its sender has a sky map; NULL: not told.';
comment on column trap_data.alert.parameters is 'What else it says: values by the names of its parameters.';

-- Without a foreign key to what is cited: that may come later, or never.
create table trap_data.alert_citation (
    alert_id bigint not null references trap_data.alert on delete cascade,
    cited_ivorn text not null check (cited_ivorn <> ''),
    cite text not null check (cite in ('followup', 'supersedes', 'retraction')),
    primary key (alert_id, cited_ivorn)
);
create index on trap_data.alert_citation (cited_ivorn);
comment on table trap_data.alert_citation is 'Which other alerts an alert refers to.';
comment on column trap_data.alert_citation.alert_id is 'Alert.';
comment on column trap_data.alert_citation.cited_ivorn is 'IVORN of the other one, which may not have come.';
comment on column trap_data.alert_citation.cite is 'followup, supersedes or retraction: what it is to the other one.';
