-- Where the images of a footprint are blank: they show nothing there, so that they limit nothing.
alter table trap_data.sky_region
add column blank_size double precision check (blank_size > 0 and blank_size < 'infinity'),
add column blank int4multirange not null default '{}',
add column near_blank int4multirange not null default '{}',
add check (blank_size is not null or (isempty(blank) and isempty(near_blank)));
comment on column trap_data.sky_region.blank_size is
'Side of a cell of the grid of direction cosines about the centre by which blanks are kept [1]; NULL: not known, and none are kept.';
comment on column trap_data.sky_region.blank is
'Cells in which a source may lie on blank pixels, numbered (floor(m / size) + 2^14) * 2^15 + floor(l / size) + 2^14: those of the first image '
'of the footprint.';
comment on column trap_data.sky_region.near_blank is
'Those and the cells beside them: in all others a source can be measured in every image of the footprint.';

create table trap_data.blank_place (
    image_id bigint not null references trap_data.image on delete cascade,
    source_id bigint not null,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    known_image_id bigint not null,
    constraint blank_place_pkey primary key (image_id, source_id)
);
comment on table trap_data.blank_place is
'Where an image was to be measured by force and has no pixels: blank, or beyond its border. It is not asked there again.';
comment on column trap_data.blank_place.image_id is 'Image.';
comment on column trap_data.blank_place.source_id is 'Source or monitored position.';
comment on column trap_data.blank_place.ra is 'Where it was to be measured, right ascension [deg].';
comment on column trap_data.blank_place.dec is 'Where it was to be measured, declination [deg].';
comment on column trap_data.blank_place.known_image_id is 'The last image that had been taken when it was asked.';


-- Blends: which sources are established, and the points that are set aside because they are of several sources.
alter table trap_data.source add column established_image_id bigint;
comment on column trap_data.source.established_image_id is
'Image since which it is known to be a source apart from others: the founding one; of a branch of a fork, the one in which it was '
'next found apart; NULL: not yet.';

create table trap_data.blended_point (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    source_id bigint not null,
    measurement_id bigint not null,
    kind trap_data.association_kind not null,
    de_ruiter_radius double precision,
    separation_arcsec double precision,
    known_image_id bigint not null,
    backfilled boolean not null,
    blended_image_id bigint not null,
    primary key (measurement_id, source_id)
);
comment on table trap_data.blended_point is
'Points that take no part in light curves, because what was measured is a blend with a neighbour; forced fits stand for them.';
comment on column trap_data.blended_point.dataset_id is 'Data set.';
comment on column trap_data.blended_point.source_id is 'Source.';
comment on column trap_data.blended_point.measurement_id is 'Measurement.';
comment on column trap_data.blended_point.kind is 'How it came, or would have come, to the source.';
comment on column trap_data.blended_point.de_ruiter_radius is 'De Ruiter radius at the time; NULL for a forced fit or the founding measurement [1].';
comment on column trap_data.blended_point.separation_arcsec is 'Separation from the source at the time; NULL likewise [arcsec].';
comment on column trap_data.blended_point.known_image_id is 'The last image that had been taken when it was measured, or became a point.';
comment on column trap_data.blended_point.backfilled is 'Whether it was measured after its own time step.';
comment on column trap_data.blended_point.blended_image_id is
'The last image that had been taken when it was known to be a blend: its own, or the one that showed the neighbour.';

-- of the branches of forks, those that were found again
update trap_data.source as s
set established_image_id = case
    when exists (select from trap_data.source_ancestry as y where y.dataset_id = s.dataset_id and y.source_id = s.source_id)
        then (
            select min(a.measurement_id >> 20)
            from trap_data.association as a
            where
                a.dataset_id = s.dataset_id and a.source_id = s.source_id and a.kind in ('one_to_one', 'fork')
                and a.measurement_id >> 20 > s.source_id >> 20
        )
    else s.source_id >> 20
end
where not s.monitored;
