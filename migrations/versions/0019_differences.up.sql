-- Of which images others are differences. It tells of two data sets, and goes with either.
create table trap_data.difference (
    image_id bigint primary key references trap_data.image on delete cascade,
    parent_image_id bigint not null references trap_data.image on delete cascade,
    references_count integer not null check (references_count > 0),
    offset_east double precision not null,
    offset_north double precision not null,
    flux_ratio double precision not null check (flux_ratio > 0 and flux_ratio < 'infinity'),
    check (image_id <> parent_image_id)
);
create index on trap_data.difference (parent_image_id);
comment on table trap_data.difference is 'An image that is the difference of another one and a reference.';
comment on column trap_data.difference.image_id is 'The difference.';
comment on column trap_data.difference.parent_image_id is 'The image from which the reference was subtracted.';
comment on column trap_data.difference.references_count is 'How many images the reference was the mean of [1].';
comment on column trap_data.difference.offset_east is 'How far to the east that image lay, by which it was moved back [deg].';
comment on column trap_data.difference.offset_north is 'How far to the north [deg].';
comment on column trap_data.difference.flux_ratio is 'Its flux scale, by which it was divided [1].';
