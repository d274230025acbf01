-- Reference catalogues: what other surveys, or deeper images, know of the sky. They belong to the archive, not to one data set.
-- What a catalogue does not say of itself is NULL, never a guess.
create table trap_data.reference_catalogue (
    catalogue_id integer generated always as identity primary key,
    name text not null check (name <> ''),
    version text not null check (version <> ''),
    kind text,
    digest text,
    loaded_at timestamptz not null default now(),
    loaded_by text not null default session_user,
    n_sources bigint check (n_sources > 0),
    frequency double precision check (frequency > 0 and frequency < 'infinity'),
    bandwidth double precision check (bandwidth > 0 and bandwidth < 'infinity'),
    beam_major double precision check (beam_major > 0 and beam_major < 180),
    beam_minor double precision check (beam_minor > 0 and beam_minor <= beam_major),
    epoch_first double precision check (epoch_first between 1800 and 2200),
    epoch_last double precision check (epoch_last between epoch_first and 2200),
    flux_limit double precision check (flux_limit > 0 and flux_limit < 'infinity'),
    completeness double precision check (completeness > 0 and completeness <= 1),
    systematic_err double precision check (systematic_err >= 0 and systematic_err < 'infinity'),
    largest_scale double precision check (largest_scale > 0 and largest_scale <= 180),
    pm_max double precision check (pm_max >= 0 and pm_max < 'infinity'),
    coverage smoc,
    n_outside bigint check (n_outside >= 0),
    density_order integer check (density_order between 0 and 9),
    density_mean double precision check (density_mean > 0 and density_mean < 'infinity'),
    licence text,
    origin text,
    column_map jsonb,
    dataset_id integer references trap_data.dataset on delete set null,
    unique (name, version)
);
create index on trap_data.reference_catalogue (digest);
create index on trap_data.reference_catalogue (dataset_id);
comment on table trap_data.reference_catalogue is
'A reference catalogue, with what decides whether a source should be in it. It is there as a whole, or not at all.';
comment on column trap_data.reference_catalogue.catalogue_id is 'Identifier, never used twice.';
comment on column trap_data.reference_catalogue.name is 'Name given by the user.';
comment on column trap_data.reference_catalogue.version is 'Version of it; unique with the name.';
comment on column trap_data.reference_catalogue.kind is 'Known kind whose columns it has; NULL: columns as its column map says.';
comment on column trap_data.reference_catalogue.digest is 'SHA-256 of the file that it was loaded from, by which that is recognised.';
comment on column trap_data.reference_catalogue.loaded_at is 'When it was loaded.';
comment on column trap_data.reference_catalogue.loaded_by is 'Who loaded it.';
comment on column trap_data.reference_catalogue.n_sources is 'Number of its sources; NULL while it is being loaded, which nobody else sees.';
comment on column trap_data.reference_catalogue.frequency is 'Frequency of its flux densities, where a source has none of its own [Hz].';
comment on column trap_data.reference_catalogue.bandwidth is 'Bandwidth [Hz].';
comment on column trap_data.reference_catalogue.beam_major is 'Restoring beam, major axis FWHM [deg].';
comment on column trap_data.reference_catalogue.beam_minor is 'Restoring beam, minor axis FWHM [deg].';
comment on column trap_data.reference_catalogue.epoch_first is
'When it was observed first, or the first epoch of its sources, Julian years: 2000.0 is 2000-01-01T12:00 [yr].';
comment on column trap_data.reference_catalogue.epoch_last is
'When it was observed last, or the last epoch of its sources, Julian years [yr].';
comment on column trap_data.reference_catalogue.flux_limit is 'Flux density above which it is complete, as far as completeness says [Jy].';
comment on column trap_data.reference_catalogue.completeness is 'Share of the sources at the flux limit that it lists [1].';
comment on column trap_data.reference_catalogue.systematic_err is
'Systematic error of its positions, in each coordinate, that is not in the errors of the sources [deg].';
comment on column trap_data.reference_catalogue.largest_scale is 'Largest angular scale that was observed [deg].';
comment on column trap_data.reference_catalogue.pm_max is 'Largest total proper motion of its sources; NULL: none has one [mas/yr].';
comment on column trap_data.reference_catalogue.coverage is 'Where on the sky it was observed; NULL: not known.';
comment on column trap_data.reference_catalogue.n_outside is 'Number of its sources outside of the coverage; NULL: not known.';
comment on column trap_data.reference_catalogue.density_order is
'HEALPix order of the cells in which its sources are counted; NULL while it is being loaded.';
comment on column trap_data.reference_catalogue.density_mean is 'Number of its sources per area of those cells [deg^-2].';
comment on column trap_data.reference_catalogue.licence is 'Under which terms it may be used.';
comment on column trap_data.reference_catalogue.origin is 'What it is and who made it, to be cited.';
comment on column trap_data.reference_catalogue.column_map is 'Which columns of the file are which of reference_source.';
comment on column trap_data.reference_catalogue.dataset_id is 'Data set that it was made of; NULL for one from a file, or when that is gone: a catalogue is a copy, and stays.';


-- Partitioned by catalogue, without foreign keys, as what grows with the measurements is by data set: a catalogue has an index of
-- its own, and goes without a trace. A position is derived from the angles that were loaded, so that it never differs from them.
create table trap_data.reference_source (
    catalogue_id integer not null,
    reference_id bigint not null,
    designation text,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    ra_err double precision check (ra_err >= 0 and ra_err < 'infinity'),
    dec_err double precision check (dec_err >= 0 and dec_err < 'infinity'),
    pos spoint not null generated always as (spoint(radians(ra), radians(dec))) stored,
    flux double precision check (flux > '-infinity' and flux < 'infinity'),
    flux_err double precision check (flux_err > 0 and flux_err < 'infinity'),
    frequency double precision check (frequency > 0 and frequency < 'infinity'),
    major double precision check (major >= 0 and major < 'infinity'),
    minor double precision check (minor >= 0 and minor < 'infinity'),
    pa double precision check (pa > '-infinity' and pa < 'infinity'),
    spectral_index double precision check (spectral_index > '-infinity' and spectral_index < 'infinity'),
    pm_ra double precision check (pm_ra > '-infinity' and pm_ra < 'infinity'),
    pm_dec double precision check (pm_dec > '-infinity' and pm_dec < 'infinity'),
    parallax double precision check (parallax > '-infinity' and parallax < 'infinity'),
    epoch double precision check (epoch between 1800 and 2200),
    class text,
    primary key (reference_id, catalogue_id),
    check ((pm_ra is null) = (pm_dec is null))
) partition by list (catalogue_id);
-- buffering: rows are sent down the tree in crowds, which takes two thirds of the time of one after the other
create index reference_source_pos_idx on trap_data.reference_source using gist (pos) with (buffering = on);
-- fast movers alone, so that the radius in which they are searched for need not hold for all
create index reference_source_fast_pos_idx on trap_data.reference_source using gist (pos)
where pm_ra * pm_ra + pm_dec * pm_dec > 10000;
comment on table trap_data.reference_source is 'The sources of reference catalogues, as they were published, in the units of trapdb.';
comment on column trap_data.reference_source.catalogue_id is 'Catalogue.';
comment on column trap_data.reference_source.reference_id is 'Number of the row in its file, from 1.';
comment on column trap_data.reference_source.designation is 'Name of the source in the catalogue.';
comment on column trap_data.reference_source.ra is 'Right ascension, ICRS, at its epoch [deg].';
comment on column trap_data.reference_source.dec is 'Declination, ICRS, at its epoch [deg].';
comment on column trap_data.reference_source.ra_err is 'Error of the right ascension, an angle on the sky [deg].';
comment on column trap_data.reference_source.dec_err is 'Error of the declination [deg].';
comment on column trap_data.reference_source.pos is 'The position, for the index.';
comment on column trap_data.reference_source.flux is 'Integrated flux density [Jy].';
comment on column trap_data.reference_source.flux_err is 'Its error [Jy].';
comment on column trap_data.reference_source.frequency is 'Frequency of the flux density; NULL: that of the catalogue [Hz].';
comment on column trap_data.reference_source.major is 'Major axis FWHM, as the catalogue lists it [deg].';
comment on column trap_data.reference_source.minor is 'Minor axis FWHM [deg].';
comment on column trap_data.reference_source.pa is 'Position angle, north through east [deg].';
comment on column trap_data.reference_source.spectral_index is 'Spectral index alpha at the frequency, where S ~ nu^alpha [1].';
comment on column trap_data.reference_source.pm_ra is 'Proper motion to the east on the sky, cos dec included [mas/yr].';
comment on column trap_data.reference_source.pm_dec is 'Proper motion to the north [mas/yr].';
comment on column trap_data.reference_source.parallax is 'Parallax [mas].';
comment on column trap_data.reference_source.epoch is 'Epoch of the position, Julian years; NULL: that of the catalogue [yr].';
comment on column trap_data.reference_source.class is 'What the catalogue says the source is.';


create table trap_data.reference_density (
    catalogue_id integer not null references trap_data.reference_catalogue on delete cascade,
    cell bigint not null,
    area double precision not null check (area > 0 and area < 50000),
    n integer not null check (n >= 0),
    density double precision not null check (density > 0 and density < 'infinity'),
    fluxes double precision[],
    counts integer[],
    primary key (catalogue_id, cell),
    check ((fluxes is null) = (counts is null) and cardinality(fluxes) = cardinality(counts))
);
comment on table trap_data.reference_density is
'How densely the sources of a reference catalogue lie, in cells of the sky: what chance coincidences are reckoned with.';
comment on column trap_data.reference_density.catalogue_id is 'Catalogue.';
comment on column trap_data.reference_density.cell is 'HEALPix cell, nested, of the order that the catalogue says.';
comment on column trap_data.reference_density.area is
'Area of the cell that the catalogue covers; of the whole cell where that is not known, or sources lie outside of it [deg^2].';
comment on column trap_data.reference_density.n is 'Number of sources in it.';
comment on column trap_data.reference_density.density is
'Density: of these sources and one more, in this area and that in which the catalogue has one on average [deg^-2].';
comment on column trap_data.reference_density.fluxes is
'Flux densities at which the sources were counted, faintest first: of the brightest, the second, fourth, eighth, ... and the faintest; '
'NULL: none has a flux density above 0 [Jy].';
comment on column trap_data.reference_density.counts is
'Number of sources at least as bright as each of them; that of the first are all whose flux density is known, and above 0.';


-- With which catalogues the sources of a data set are matched.
create table trap_data.dataset_reference (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    catalogue_id integer not null references trap_data.reference_catalogue on delete cascade,
    spectral_index_min double precision not null check (spectral_index_min > '-infinity'),
    spectral_index_max double precision not null
    check (spectral_index_max >= spectral_index_min and spectral_index_max < 'infinity'),
    primary key (dataset_id, catalogue_id)
);
create index on trap_data.dataset_reference (catalogue_id);
comment on table trap_data.dataset_reference is
'A reference catalogue with which all sources of a data set are matched, those that are there and those that come.';
comment on column trap_data.dataset_reference.dataset_id is 'Data set.';
comment on column trap_data.dataset_reference.catalogue_id is 'Catalogue.';
comment on column trap_data.dataset_reference.spectral_index_min is
'Smallest spectral index by which fluxes are taken from one frequency to another where none is known [1].';
comment on column trap_data.dataset_reference.spectral_index_max is 'Largest one [1].';


-- What lies near a source in a catalogue. How far, and how likely it is the same, is computed when asked: that changes with each point.
create table trap_data.reference_match (
    dataset_id integer not null,
    source_id bigint not null,
    catalogue_id integer not null,
    reference_id bigint not null,
    primary key (dataset_id, source_id, catalogue_id, reference_id)
);
create index on trap_data.reference_match (catalogue_id, reference_id);
comment on table trap_data.reference_match is
'A source and one of a reference catalogue that was near it when the source was founded, or when its indexed position last moved: '
'all within the combined beam and 3 arcsec more, by which a mean may move before its index does.';
comment on column trap_data.reference_match.dataset_id is 'Data set.';
comment on column trap_data.reference_match.source_id is 'Source.';
comment on column trap_data.reference_match.catalogue_id is 'Catalogue.';
comment on column trap_data.reference_match.reference_id is 'Source of the catalogue.';


-- What was done to an image before it was associated: without it nobody could take that back, so it outlives the catalogue.
create table trap_data.image_correction (
    image_id bigint primary key references trap_data.image on delete cascade,
    catalogue_id integer references trap_data.reference_catalogue on delete set null,
    n integer check (n > 0),
    n_flux integer check (n_flux > 0),
    east_arcsec double precision not null check (east_arcsec > '-infinity' and east_arcsec < 'infinity'),
    north_arcsec double precision not null check (north_arcsec > '-infinity' and north_arcsec < 'infinity'),
    flux_scale double precision not null check (flux_scale > 0 and flux_scale < 'infinity')
);
create index on trap_data.image_correction (catalogue_id);
comment on table trap_data.image_correction is
'By how much an image was corrected before it was associated: its measurements, its noise map and its noise are kept corrected.';
comment on column trap_data.image_correction.image_id is 'Image.';
comment on column trap_data.image_correction.catalogue_id is 'Reference catalogue by which; NULL: that was removed since.';
comment on column trap_data.image_correction.n is 'Counterparts whose median offset was taken; NULL: positions were not corrected.';
comment on column trap_data.image_correction.n_flux is
'Counterparts whose median ratio of flux densities was taken; NULL: they were not corrected.';
comment on column trap_data.image_correction.east_arcsec is
'Turn of the image: by how much its centre was moved to the east along a great circle [arcsec].';
comment on column trap_data.image_correction.north_arcsec is 'The same to the north [arcsec].';
comment on column trap_data.image_correction.flux_scale is
'By what flux densities, their errors and noises were multiplied [1].';


-- A definition may ask for a word, such as the class of a counterpart.
alter table trap_data.transient_condition
add column text_value text check (text_value <> ''),
alter column value drop not null,
add check (num_nonnulls(value, text_value) = 1);
comment on column trap_data.transient_condition.text_value is 'What it is compared with, if it is a text.';
