-- Watches: definitions of transients that are evaluated in each time step, and the events that they bring. Watches and events belong
-- to the archive; an event may have been sent, and outlives its data set.

-- What is the sky of a data set? Its configuration says so, and never changes.
alter table trap_data.dataset
add column tense text not null generated always as (coalesce(configuration #>> '{dataset,tense}', 'real')) stored
check (tense in ('real', 'injected', 'simulated', 'test'));
comment on column trap_data.dataset.tense is
'real, or injected, simulated or test: what is found in one of these does not leave the house.';

create table trap_data.watch (
    watch_id integer generated always as identity primary key,
    name text not null unique check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    definition_name text not null,
    dataset_name text check (dataset_name <> ''),
    watch_list_name text check (watch_list_name <> ''),
    ra trap_data.right_ascension,
    dec trap_data.declination,
    radius double precision check (radius > 0 and radius <= 180),
    freq_low double precision check (freq_low > 0 and freq_low < 'infinity'),
    freq_high double precision check (freq_high >= freq_low and freq_high < 'infinity'),
    responders text[] not null check (array_position(responders, null) is null and not '' = any(responders)),
    priority integer not null check (priority between -2 and 2),
    update_factor double precision check (update_factor > 1 and update_factor < 'infinity'),
    update_sigma double precision check (update_sigma > 0 and update_sigma < 'infinity'),
    update_wait interval not null check (update_wait >= interval '0'),
    announces_end boolean not null,
    events_max integer not null check (events_max > 0),
    retract_wait interval not null check (retract_wait >= interval '0'),
    owner text not null default session_user,
    added_at timestamptz not null default now(),
    check (num_nulls(ra, dec, radius) in (0, 3)),
    check (num_nulls(freq_low, freq_high) in (0, 2))
);
comment on table trap_data.watch is
'A watch: a definition of transients, where it is watched for, and whom to wake. It is added and removed, and never changed.';
comment on column trap_data.watch.watch_id is 'Identifier, never used twice.';
comment on column trap_data.watch.name is 'Name: lower-case letters, digits and underscores.';
comment on column trap_data.watch.definition_name is 'Definition of transients that is watched for.';
comment on column trap_data.watch.dataset_name is 'Data set, which need not be there yet; NULL: all.';
comment on column trap_data.watch.watch_list_name is 'Watch list or map in which a source has to be; NULL: anywhere.';
comment on column trap_data.watch.ra is 'Centre of the circle in which a source has to be, right ascension [deg]; NULL: anywhere.';
comment on column trap_data.watch.dec is 'The same, declination [deg].';
comment on column trap_data.watch.radius is 'Radius of that circle [deg].';
comment on column trap_data.watch.freq_low is 'Lowest frequency of the band in which the definition is fulfilled [Hz]; NULL: any.';
comment on column trap_data.watch.freq_high is 'Highest frequency of that band [Hz].';
comment on column trap_data.watch.responders is 'Responders that an event wakes; none: it is stored alone.';
comment on column trap_data.watch.priority is 'Priority of what they do, -2 to 2; higher comes first.';
comment on column trap_data.watch.update_factor is
'An update is told when the peak flux density changed by this factor since the last event [1]; NULL: not for that.';
comment on column trap_data.watch.update_sigma is 'Or by so many errors of the difference [sigma]; NULL: not for that.';
comment on column trap_data.watch.update_wait is 'An update comes at least so long after the last event, in the time of observation.';
comment on column trap_data.watch.announces_end is 'Whether the end wakes the responders, too.';
comment on column trap_data.watch.events_max is 'So many events of a time step wake responders, at most.';
comment on column trap_data.watch.retract_wait is
'So long after a rewind an event of which the cause was taken back waits for the replay, before it is retracted.';
comment on column trap_data.watch.owner is 'User who added it, who alone may remove it.';
comment on column trap_data.watch.added_at is 'When it was added.';

create table trap_data.watch_start (
    watch_id integer not null references trap_data.watch on delete cascade,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    taken_at timestamptz not null,
    primary key (watch_id, dataset_id)
);
create index on trap_data.watch_start (dataset_id);
comment on table trap_data.watch_start is
'How far data sets were when a watch came to them: what it finds up to there is stored and not announced.';
comment on column trap_data.watch_start.watch_id is 'Watch.';
comment on column trap_data.watch_start.dataset_id is 'Data set.';
comment on column trap_data.watch_start.taken_at is 'Time of its last time step then.';

create table trap_data.event (
    event_id bigint generated always as identity primary key,
    kind text not null check (kind in ('initial', 'update', 'ended', 'retraction')),
    first_event_id bigint references trap_data.event,
    previous_event_id bigint references trap_data.event,
    tense text not null check (tense in ('real', 'injected', 'simulated', 'test')),
    announced boolean not null,
    reason text,
    watch_id integer not null,
    watch_name text not null,
    definition_name text not null,
    conditions jsonb not null,
    responders text[] not null,
    priority integer not null,
    dataset_id integer not null,
    dataset_name text not null,
    source_id bigint not null,
    source_name text not null,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    position_error_arcsec double precision check (position_error_arcsec > 0 and position_error_arcsec < 'infinity'),
    band_id bigint not null,
    stokes trap_data.stokes_parameter not null,
    taken_at timestamptz not null,
    discovered_at timestamptz,
    known_image_id bigint not null,
    figures jsonb not null,
    versions jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    check ((kind = 'initial') = (first_event_id is null) and (kind = 'initial') = (previous_event_id is null)),
    check ((kind = 'retraction') = (reason is not null))
);
create index on trap_data.event (dataset_id, taken_at);
create index on trap_data.event (source_id);
create index on trap_data.event (first_event_id);
create index on trap_data.event (previous_event_id);
create index on trap_data.event (watch_id);
comment on table trap_data.event is
'What happened to sources that are watched, as it was known then. Rows are added, and never changed nor removed: they may have been '
'sent. No foreign key leads to sources, data sets or watches: an event outlives them.';
comment on column trap_data.event.event_id is 'Identifier; later events have larger ones.';
comment on column trap_data.event.kind is
'initial: a source begins to fulfil a watch; update: it changed; ended: it does no longer; retraction: what caused an event is gone.';
comment on column trap_data.event.first_event_id is 'Initial event of the episode; NULL: it is that.';
comment on column trap_data.event.previous_event_id is
'Event of the episode before it; of a retraction, the first that it withdraws, and with it all of the episode that follow it.';
comment on column trap_data.event.tense is 'Tense of the data set.';
comment on column trap_data.event.announced is 'Whether it wakes responders.';
comment on column trap_data.event.reason is 'Why it is retracted; NULL: it is no retraction.';
comment on column trap_data.event.watch_id is 'Watch; it may be there no more.';
comment on column trap_data.event.watch_name is 'Its name.';
comment on column trap_data.event.definition_name is 'Definition of the watch.';
comment on column trap_data.event.conditions is 'Conditions of the definition, then: column, comparison and value of each.';
comment on column trap_data.event.responders is 'Responders of the watch.';
comment on column trap_data.event.priority is 'Priority of the watch.';
comment on column trap_data.event.dataset_id is 'Data set; it may be there no more.';
comment on column trap_data.event.dataset_name is 'Its name, then.';
comment on column trap_data.event.source_id is 'Source, then; it may be there no more, or be another one after a replay.';
comment on column trap_data.event.source_name is 'Its name, then.';
comment on column trap_data.event.ra is 'Weighted mean position, right ascension [deg].';
comment on column trap_data.event.dec is 'The same, declination [deg].';
comment on column trap_data.event.position_error_arcsec is
'Radius of the circle about it that holds the source with 68 per cent [arcsec]; NULL for a monitored position.';
comment on column trap_data.event.band_id is 'Band in which the definition is fulfilled.';
comment on column trap_data.event.stokes is 'Stokes parameter in which it is.';
comment on column trap_data.event.taken_at is 'Time step; of a retraction, that of the event that it withdraws.';
comment on column trap_data.event.discovered_at is 'Time of the first blind measurement of the source; NULL: it is a monitored position.';
comment on column trap_data.event.known_image_id is 'Last accepted image of the time step; it may be there no more.';
comment on column trap_data.event.figures is
'What was known then: the columns of trap.definition_column, and of the last point of the source in the band, its image and the limit '
'before the discovery, by name, as docs/response.md lists them; what is unknown is absent.';
comment on column trap_data.event.versions is 'Versions of trapdb and of the schema, and a digest of the conditions, by name.';
comment on column trap_data.event.created_at is 'When it was written.';

create table trap_data.standing_event (
    event_id bigint primary key references trap_data.event,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    watch_id integer not null references trap_data.watch on delete cascade,
    episode_id bigint not null,
    source_id bigint not null,
    taken_at timestamptz not null,
    is_open boolean not null,
    questioned_until timestamptz
);
create index on trap_data.standing_event (dataset_id, taken_at);
create index on trap_data.standing_event (watch_id);
create index on trap_data.standing_event (episode_id);
-- in a time step: the episodes of its sources that are open; and what waits for a replay, of which there is nearly always none
create index on trap_data.standing_event (dataset_id, source_id) where is_open;
create index on trap_data.standing_event (dataset_id) where questioned_until is not null;
create index on trap_data.standing_event (questioned_until) where questioned_until is not null;
comment on table trap_data.standing_event is
'The events that hold, and what of them changes: neither retractions, nor what was retracted, nor what a watch found that was removed.';
comment on column trap_data.standing_event.event_id is 'Event.';
comment on column trap_data.standing_event.dataset_id is 'Its data set.';
comment on column trap_data.standing_event.watch_id is 'Its watch.';
comment on column trap_data.standing_event.episode_id is 'Initial event of its episode, which may be itself.';
comment on column trap_data.standing_event.source_id is 'Its source, as of today: a replay gives new numbers.';
comment on column trap_data.standing_event.taken_at is 'Its time step.';
comment on column trap_data.standing_event.is_open is 'Whether it is the last of an episode that did not end.';
comment on column trap_data.standing_event.questioned_until is
'Its time step was rewound: until then it waits for the replay to bring it back; NULL: it was not.';
