-- What people say of sources. It belongs to a place on the sky and to the archive: sources are rewound, replayed and deleted, and none
-- of that touches a label.
create table trap_data.label_class (
    object_class text primary key check (object_class ~ '^[a-z][a-z0-9_]{0,62}$'),
    description text not null check (description <> ''),
    added_by text not null default session_user,
    added_at timestamptz not null default now()
);
comment on table trap_data.label_class is 'The classes that a label may have.';
comment on column trap_data.label_class.object_class is 'Name: lower-case letters, digits and underscores.';
comment on column trap_data.label_class.description is 'What is meant by it.';
comment on column trap_data.label_class.added_by is 'User who added it.';
comment on column trap_data.label_class.added_at is 'When.';

-- a proposal, which administrators add to
insert into trap_data.label_class (object_class, description) values
('flare_star', 'A star that flares: M dwarfs, RS CVn and other active binaries.'),
('brown_dwarf', 'An ultracool dwarf with bursts or auroral emission.'),
('pulsar', 'A pulsar: scintillating, nulling, eclipsed or seen by its mean flux density.'),
('magnetar', 'A magnetar in outburst.'),
('long_period', 'A source of pulses with a period of minutes to hours.'),
('x_ray_binary', 'A black hole or neutron star that accretes from a companion.'),
('cataclysmic_variable', 'A white dwarf that accretes from a companion, novae excepted.'),
('nova', 'A nova.'),
('supernova', 'A supernova.'),
('gamma_ray_burst', 'The afterglow of a gamma-ray burst, orphans included.'),
('tidal_disruption', 'A star disrupted by a black hole.'),
('fast_burst', 'A burst of milliseconds to seconds, such as a fast radio burst.'),
('agn', 'An active galactic nucleus that varies by itself.'),
('scintillation', 'A compact source that varies by scintillation: interstellar, interplanetary or ionospheric.'),
('extreme_scattering', 'An extreme scattering event.'),
('solar_system', 'The Sun, a planet or another body of the solar system.'),
('satellite', 'A satellite or another object in orbit about the Earth.'),
('aircraft', 'An aircraft or another reflection from the atmosphere, meteors included.'),
('sidelobe', 'An artefact: a sidelobe or what deconvolution left of a bright source.'),
('calibration', 'An artefact: a flux scale or positions that are wrong in an image.'),
('blend', 'An artefact: sources that are told apart in some images only.'),
('noise', 'An artefact: a peak of the noise, or of the edge of an image.'),
('interference', 'An artefact: interference from the ground.'),
('unknown', 'Looked at, and none of these.');

create table trap_data.label (
    label_id bigint generated always as identity primary key,
    labelled_at timestamptz not null default clock_timestamp(),
    user_name text not null check (user_name <> '' and length(user_name) <= 200),
    login text not null default session_user,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    ra_err double precision check (ra_err > 0 and ra_err < 'infinity'),
    dec_err double precision check (dec_err > 0 and dec_err < 'infinity'),
    pos spoint not null,
    monitored boolean not null,
    epoch timestamptz check (epoch > '-infinity' and epoch < 'infinity'),
    dataset_name text not null,
    dataset_id integer not null,
    source_id bigint not null,
    source_name text not null,
    rating text check (rating in ('real', 'artefact', 'unsure')),
    object_class text references trap_data.label_class,
    tags text[] not null,
    note text check (note <> '' and length(note) <= 5000),
    withdrawn boolean not null,
    superseded_by bigint references trap_data.label,
    check (monitored = (ra_err is null) and monitored = (dec_err is null)),
    check (not withdrawn or (rating is null and object_class is null and tags = '{}')),
    check (withdrawn or num_nonnulls(rating, object_class, note) > 0 or tags <> '{}'),
    check (superseded_by > label_id)
);
create index label_current_pos_idx on trap_data.label using gist (pos) where superseded_by is null;
create index label_current_idx on trap_data.label (label_id) where superseded_by is null;
comment on table trap_data.label is
'What people said of sources: rows are added and never overwritten, but for superseded_by, which is set once. No foreign key leads to '
'sources or data sets: a label outlives them.';
comment on column trap_data.label.label_id is 'Identifier; later labels have larger ones.';
comment on column trap_data.label.labelled_at is 'When it was given.';
comment on column trap_data.label.user_name is 'Who gave it.';
comment on column trap_data.label.login is 'Login of the database by which it came: that of a service, if users rate through one.';
comment on column trap_data.label.ra is 'Right ascension of the source when it was labelled [deg].';
comment on column trap_data.label.dec is 'Declination of the source when it was labelled [deg].';
comment on column trap_data.label.ra_err is
'Error of that to the east on the sky, 1 sigma [deg]; NULL for a monitored position.';
comment on column trap_data.label.dec_err is 'Error to the north, 1 sigma [deg]; NULL for a monitored position.';
comment on column trap_data.label.pos is 'The position, indexed.';
comment on column trap_data.label.monitored is 'Whether a monitored position was labelled rather than a source found.';
comment on column trap_data.label.epoch is 'Time of the measurement that is meant; NULL: the source as a whole.';
comment on column trap_data.label.dataset_name is 'Name of the data set in which it was given, then.';
comment on column trap_data.label.dataset_id is 'That data set; it may be there no more.';
comment on column trap_data.label.source_id is 'The source, then; it may be there no more.';
comment on column trap_data.label.source_name is 'Its name, then.';
comment on column trap_data.label.rating is 'real, artefact or unsure; NULL: not rated.';
comment on column trap_data.label.object_class is 'Class; NULL: none given.';
comment on column trap_data.label.tags is 'Words of the user''s own.';
comment on column trap_data.label.note is 'What else the user said; NULL: nothing.';
comment on column trap_data.label.withdrawn is 'Whether this row only takes the user''s earlier label back.';
comment on column trap_data.label.superseded_by is 'The label by which the same user followed it; NULL: it is the latest.';
