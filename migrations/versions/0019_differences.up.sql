-- Of which images others are differences. By their digests, since images are copied to be associated anew. It tells of two data sets, and
-- goes with either.
create table trap_data.difference (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    digest text not null,
    parent_id integer not null references trap_data.dataset on delete cascade,
    parent_digest text not null,
    references_count integer not null check (references_count > 0),
    offset_east double precision not null,
    offset_north double precision not null,
    flux_ratio double precision not null check (flux_ratio > 0 and flux_ratio < 'infinity'),
    primary key (dataset_id, digest),
    check (dataset_id <> parent_id)
);
create index on trap_data.difference (parent_id, parent_digest);
comment on table trap_data.difference is 'An image that is the difference of another one and a reference.';
comment on column trap_data.difference.dataset_id is 'Data set of differences.';
comment on column trap_data.difference.digest is 'Digest of the difference.';
comment on column trap_data.difference.parent_id is 'Data set of the images.';
comment on column trap_data.difference.parent_digest is 'Digest of the image from which the reference was subtracted.';
comment on column trap_data.difference.references_count is 'How many images the reference was the mean of [1].';
comment on column trap_data.difference.offset_east is 'How far to the east that image lay, by which it was moved back [deg].';
comment on column trap_data.difference.offset_north is 'How far to the north [deg].';
comment on column trap_data.difference.flux_ratio is 'Its flux scale, by which it was divided [1].';
