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
