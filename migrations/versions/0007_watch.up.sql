-- Watch lists, watch maps and sky maps: where on the sky users want to be told of sources. They belong to the archive, not to one data
-- set.
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


-- Sky maps: where on the sky an event may have been, with the probability of each cell. Its cells are without a foreign key, as what
-- grows is: there may be millions.
create table trap_data.skymap (
    skymap_id integer generated always as identity primary key,
    name text not null unique check (name <> ''),
    digest text not null,
    path text not null,
    owner text not null default session_user,
    loaded_at timestamptz not null default now(),
    event text,
    event_at timestamptz check (event_at > '-infinity' and event_at < 'infinity'),
    distance_mean double precision check (distance_mean > '-infinity' and distance_mean < 'infinity'),
    distance_std double precision check (distance_std >= 0 and distance_std < 'infinity'),
    origin text,
    creator text,
    n_cells bigint check (n_cells > 0),
    order_max integer check (order_max between 0 and 29),
    total double precision check (total > 0 and total < 2),
    area_50 double precision check (area_50 > 0),
    area_90 double precision check (area_90 >= area_50)
);
create index on trap_data.skymap (digest);
comment on table trap_data.skymap is
'A sky map, the localisation of an event such as a gravitational wave or a gamma-ray burst. It is there as a whole, or not at all.';
comment on column trap_data.skymap.skymap_id is 'Identifier, never used twice.';
comment on column trap_data.skymap.name is 'Name given by the user.';
comment on column trap_data.skymap.digest is 'SHA-256 of the file that it was loaded from, by which that is recognised.';
comment on column trap_data.skymap.path is 'File that it was loaded from.';
comment on column trap_data.skymap.owner is 'User who loaded it, who alone may remove it.';
comment on column trap_data.skymap.loaded_at is 'When it was loaded.';
comment on column trap_data.skymap.event is 'OBJECT of the file: the event; NULL: not told.';
comment on column trap_data.skymap.event_at is 'DATE-OBS or MJD-OBS of the file: when the event was, UTC; NULL: not told, or not to be read.';
comment on column trap_data.skymap.distance_mean is 'DISTMEAN of the file: mean distance; NULL: not told [Mpc].';
comment on column trap_data.skymap.distance_std is 'DISTSTD of the file: standard deviation of the distance; NULL: not told [Mpc].';
comment on column trap_data.skymap.origin is 'ORIGIN of the file: who made it; NULL: not told.';
comment on column trap_data.skymap.creator is 'CREATOR of the file: by which program; NULL: not told.';
comment on column trap_data.skymap.n_cells is 'Number of its cells; NULL while it is being loaded, which nobody else sees.';
comment on column trap_data.skymap.order_max is 'HEALPix order of its smallest cells.';
comment on column trap_data.skymap.total is 'Sum of the probabilities in the file, by which they were divided [1].';
comment on column trap_data.skymap.area_50 is 'Area of the smallest region that holds half of the probability [deg^2].';
comment on column trap_data.skymap.area_90 is 'Area of the smallest region that holds nine tenths of it [deg^2].';

create table trap_data.skymap_cell (
    skymap_id integer not null,
    first_cell bigint not null check (first_cell >= 0),
    healpix_order integer not null check (healpix_order between 0 and 29),
    probability double precision not null check (probability > 0 and probability <= 1),
    enclosed double precision not null check (enclosed > 0 and enclosed <= 1),
    primary key (skymap_id, first_cell)
);
create index on trap_data.skymap_cell (skymap_id, enclosed);
comment on table trap_data.skymap_cell is 'The cells of sky maps; those without any probability are left out.';
comment on column trap_data.skymap_cell.skymap_id is 'Sky map.';
comment on column trap_data.skymap_cell.first_cell is 'The cell, nested, by the first of the cells of HEALPix order 29 in it.';
comment on column trap_data.skymap_cell.healpix_order is 'HEALPix order of the cell: it holds 4^(29 - order) cells of order 29.';
comment on column trap_data.skymap_cell.probability is 'Probability that the event was in it; those of all cells add up to 1 [1].';
comment on column trap_data.skymap_cell.enclosed is
'Share of the probability that all cells hold that are at least as dense: the credible level at which it is in the region [1].';
