-- Watch lists and watch maps: where on the sky users want to be told of sources. They belong to the archive, not to one data set.
create table trap_data.watch_list (
    watch_list_id integer generated always as identity primary key,
    name text not null unique check (name <> ''),
    kind text not null check (kind in ('list', 'cone', 'polygon', 'moc')),
    origin text,
    owner text not null default session_user,
    stored_at timestamptz not null default now(),
    vertex_ra double precision[],
    vertex_dec double precision[],
    polygon spoly,
    check ((kind = 'polygon') = (polygon is not null)),
    check ((vertex_ra is null) = (polygon is null) and cardinality(vertex_ra) = cardinality(vertex_dec))
);
comment on table trap_data.watch_list is
'A watch list, positions with radii, or a watch map, a region of the sky: sources in it are hits, in every data set.';
comment on column trap_data.watch_list.watch_list_id is 'Identifier, never used twice.';
comment on column trap_data.watch_list.name is 'Name given by the user.';
comment on column trap_data.watch_list.kind is 'list of positions, or as a map a cone, a polygon, or a moc: the cells of a coverage map.';
comment on column trap_data.watch_list.origin is 'File that it was read from, or the text that it was given as.';
comment on column trap_data.watch_list.owner is 'User who stored it, who alone may replace or remove it.';
comment on column trap_data.watch_list.stored_at is 'When it was stored.';
comment on column trap_data.watch_list.vertex_ra is 'Corners of the polygon, right ascension [deg]; NULL: it is none.';
comment on column trap_data.watch_list.vertex_dec is 'Corners of the polygon, declination [deg]; NULL: it is none.';
comment on column trap_data.watch_list.polygon is 'The polygon, sides are great circles.';

create table trap_data.watch_entry (
    watch_list_id integer not null references trap_data.watch_list on delete cascade,
    number integer not null check (number > 0),
    name text not null check (name <> ''),
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    radius_arcsec double precision not null check (radius_arcsec > 0 and radius_arcsec < 324000),
    pm_ra double precision,
    pm_dec double precision,
    epoch double precision check (epoch between 1800 and 2200),
    primary key (watch_list_id, number),
    unique (watch_list_id, name),
    check ((pm_ra is null) = (pm_dec is null)),
    check (pm_ra is null or (abs(pm_ra) <= 1e6 and abs(pm_dec) <= 1e6 and epoch is not null))
);
comment on table trap_data.watch_entry is 'A position of a watch list; a cone has one.';
comment on column trap_data.watch_entry.watch_list_id is 'Watch list.';
comment on column trap_data.watch_entry.number is 'Number of the row in its list, from 1.';
comment on column trap_data.watch_entry.name is 'Name given by the user; unique in its list.';
comment on column trap_data.watch_entry.ra is 'Right ascension at the epoch [deg].';
comment on column trap_data.watch_entry.dec is 'Declination at the epoch [deg].';
comment on column trap_data.watch_entry.radius_arcsec is 'How near a source has to be [arcsec].';
comment on column trap_data.watch_entry.pm_ra is 'Proper motion to the east on the sky, cos dec included; NULL: none is known [mas/yr].';
comment on column trap_data.watch_entry.pm_dec is 'Proper motion to the north; NULL: none is known [mas/yr].';
comment on column trap_data.watch_entry.epoch is 'Epoch of the position, Julian years: 2000.0 is 2000-01-01T12:00; NULL: not known [yr].';

-- The cells of a moc as ranges of cells of order 29, in the order of which one finds out whether a position is in one.
create table trap_data.watch_cell (
    watch_list_id integer not null references trap_data.watch_list on delete cascade,
    first_cell bigint not null check (first_cell >= 0),
    last_cell bigint not null check (last_cell >= first_cell and last_cell < 3458764513820540928),
    primary key (watch_list_id, first_cell)
);
comment on table trap_data.watch_cell is 'The cells of a watch map that is a moc, as ranges that neither overlap nor touch.';
comment on column trap_data.watch_cell.watch_list_id is 'Watch map.';
comment on column trap_data.watch_cell.first_cell is 'First cell of a range: HEALPix order 29, nested.';
comment on column trap_data.watch_cell.last_cell is 'Its last cell.';

-- No index finds what is in a polygon, or in many cells: it finds what is in these circles, some hundred.
create table trap_data.watch_cover (
    watch_list_id integer not null references trap_data.watch_list on delete cascade,
    healpix_order integer not null check (healpix_order between 0 and 29),
    healpix_cell bigint not null check (healpix_cell >= 0),
    circle scircle not null,
    primary key (watch_list_id, healpix_cell)
);
comment on table trap_data.watch_cover is 'Large cells that together hold a watch map, all of one order, each with a circle about it.';
comment on column trap_data.watch_cover.watch_list_id is 'Watch map: a polygon or a moc.';
comment on column trap_data.watch_cover.healpix_order is 'HEALPix order of the cell.';
comment on column trap_data.watch_cover.healpix_cell is 'The cell, nested.';
comment on column trap_data.watch_cover.circle is 'A circle that holds the cell, padded so that an index probe misses nothing in it.';
