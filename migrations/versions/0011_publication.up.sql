-- Data sets that were published, and do not change any more. No foreign key leads to the data set: that a name was withdrawn is still
-- known when the data set is gone, so that it is never given to anything else.
create table trap_data.publication (
    citable_name text primary key generated always as (dataset_name || '@' || version) stored,
    dataset_id integer not null,
    dataset_name text not null check (dataset_name <> ''),
    version text not null check (version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    title text check (title <> ''),
    creator text check (creator <> ''),
    licence text check (licence <> ''),
    doi text check (doi ~ '^10\.[0-9]{4,9}/[^[:space:]]+$'),
    checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
    n_images bigint not null check (n_images > 0),
    n_measurements bigint not null check (n_measurements >= 0),
    n_points bigint not null check (n_points >= 0),
    published_at timestamptz not null default now(),
    published_by text not null default session_user,
    withdrawn_at timestamptz check (withdrawn_at >= published_at)
);
create unique index publication_current_idx on trap_data.publication (dataset_id) where withdrawn_at is null;
comment on table trap_data.publication is
'A data set as it was published: nothing changes it until that is withdrawn, and then the name is used up.';
comment on column trap_data.publication.citable_name is 'Name of the data set, @ and the version: what is cited.';
comment on column trap_data.publication.dataset_id is 'Data set; if it was withdrawn, it may be there no more.';
comment on column trap_data.publication.dataset_name is 'Its name.';
comment on column trap_data.publication.version is 'Version that was published.';
comment on column trap_data.publication.title is 'Title; NULL: none given.';
comment on column trap_data.publication.creator is 'Who made it; NULL: not told.';
comment on column trap_data.publication.licence is 'Under which terms it may be used: an SPDX identifier or words; NULL: not told.';
comment on column trap_data.publication.doi is 'DOI, without an address before it; NULL: none is registered.';
comment on column trap_data.publication.checksum is
'SHA-256 over images, measurements and the points of light curves, in hexadecimal digits.';
comment on column trap_data.publication.n_images is 'Images that are in the checksum.';
comment on column trap_data.publication.n_measurements is 'Measurements that are in it.';
comment on column trap_data.publication.n_points is 'Points of light curves that are in it.';
comment on column trap_data.publication.published_at is 'When it was published.';
comment on column trap_data.publication.published_by is 'User who published it.';
comment on column trap_data.publication.withdrawn_at is 'When it was withdrawn; NULL: it holds.';
