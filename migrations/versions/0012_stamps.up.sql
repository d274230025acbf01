-- Pieces of images around sources, which outlive the images. A stamp belongs to the time step in which it was made: when that is
-- rewound it stays, unseen, to be used again by the replay, and goes with the images that are replayed. So it refers to an image of
-- that step, and to no other one.
create table trap_data.stamp (
    source_id bigint not null,
    image_id bigint not null,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    known_image_id bigint not null references trap_data.image on delete cascade,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    size double precision not null check (size > 0 and size <= 180),
    peak_flux double precision check (peak_flux > '-infinity' and peak_flux < 'infinity'),
    fits bytea,
    primary key (source_id, image_id)
);
-- it is compressed already
alter table trap_data.stamp alter column fits set storage external;
create index on trap_data.stamp (dataset_id);
create index on trap_data.stamp (image_id);
create index on trap_data.stamp (known_image_id);
comment on table trap_data.stamp is 'A piece of an image around a source.';
comment on column trap_data.stamp.source_id is 'Source.';
comment on column trap_data.stamp.image_id is 'Image that it is cut out of; of a rewound time step, it may be replayed already.';
comment on column trap_data.stamp.dataset_id is 'Data set.';
comment on column trap_data.stamp.known_image_id is 'Last accepted image of the time step in which it was made.';
comment on column trap_data.stamp.ra is 'Where its middle was asked for, as the file of the image has positions: right ascension [deg].';
comment on column trap_data.stamp.dec is 'The same, declination [deg].';
comment on column trap_data.stamp.size is 'Side [deg].';
comment on column trap_data.stamp.peak_flux is
'Peak flux density of the source in that image [Jy/beam]; NULL for an image from before its discovery.';
comment on column trap_data.stamp.fits is
'FITS file, compressed by gzip; NULL: it could not be made, because the file of the image was gone.';

-- Data sets keep the configuration with which they were made, and runs tell of it.
update trap_data.dataset as d
set configuration = d.configuration || '{"stamps": {"of": [], "size_beams": 10.0, "mb_per_day": 20.0}}'
where d.configuration ? 'null_detection';
update trap_data.pipeline_run as r
set configuration = r.configuration || '{"stamps": {"of": [], "size_beams": 10.0, "mb_per_day": 20.0}}'
where r.configuration ? 'null_detection';
