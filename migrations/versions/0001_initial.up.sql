-- The tables of the first release.
--
-- What grows with the measurements (measurement, association, source, source_flux), and the footprints, are list-partitioned by
-- data set: a data set is probed, vacuumed and dropped on its own, and a position index holds one field only.
-- What is small (a few rows an image, or fewer) is not: each partition costs every query over the whole archive a lock.
-- The only foreign keys are those by which a data set is deleted with all that is small. Among the partitioned tables two of
-- them would make an insert of 10,000 rows 25 times slower and forbid dropping a partition; among the others, each would need
-- an index to be deleted by. The routines that write make sure of the rest.

create domain trap_data.right_ascension as double precision check (value >= 0 and value < 360);
comment on domain trap_data.right_ascension is 'Right ascension, ICRS [deg], 0 <= value < 360; refuses NaN and infinity.';

create domain trap_data.declination as double precision check (value between -90 and 90);
comment on domain trap_data.declination is 'Declination, ICRS [deg], -90 to 90; refuses NaN and infinity.';

create domain trap_data.stokes_parameter as text check (value in ('I', 'Q', 'U', 'V'));
comment on domain trap_data.stokes_parameter is 'Stokes parameter: I, Q, U or V.';

create type trap_data.image_status as enum ('accepted', 'rejected', 'rewound');
comment on type trap_data.image_status is 'What became of an image: accepted, rejected by a quality check, or rewound: taken back, to be associated again.';

create type trap_data.measurement_kind as enum ('blind', 'null_detection', 'monitored');
comment on type trap_data.measurement_kind is
'How a measurement was made: blind (found in the image), null_detection (forced fit at a source that was not found), '
'monitored (forced fit at a position that a user asked for).';

create type trap_data.association_kind as enum (
    'new', 'one_to_one', 'many_to_one', 'fork', 'null_detection', 'monitored'
);
comment on type trap_data.association_kind is
'How a measurement came to its source: new (it founded the source), one_to_one, many_to_one (the measurement matches several '
'sources), fork (several measurements match the source), null_detection and monitored (forced fits at the source).';


create table trap_data.dataset (
    dataset_id integer generated always as identity primary key check (dataset_id between 1 and 524287),
    name text not null unique check (name <> ''),
    created_at timestamptz not null default now(),
    configuration jsonb not null,
    de_ruiter_limit double precision not null check (de_ruiter_limit > 0 and de_ruiter_limit < 'infinity'),
    beam_limit double precision not null check (beam_limit > 0 and beam_limit < 'infinity'),
    expiry integer not null check (expiry >= 0),
    bandwidth_max double precision not null check (bandwidth_max >= 0 and bandwidth_max < 'infinity'),
    run_count integer not null default 0,
    image_count integer not null default 0,
    band_count integer not null default 0,
    sky_region_count integer not null default 0,
    step_count integer not null default 0,
    position_err_max double precision not null default 0,
    last_taken_at timestamptz
);
comment on table trap_data.dataset is 'One processing of a set of images, with its configuration and the counters that make its ids.';
comment on column trap_data.dataset.dataset_id is 'Identifier, never used twice.';
comment on column trap_data.dataset.name is 'Name given by the user, unique.';
comment on column trap_data.dataset.created_at is 'When the data set was created.';
comment on column trap_data.dataset.configuration is 'Whole configuration with which the data set is processed.';
comment on column trap_data.dataset.de_ruiter_limit is 'Largest de Ruiter radius of an association (exclusive) [1].';
comment on column trap_data.dataset.beam_limit is 'Largest separation of an association (exclusive) in units of half the beam''s major FWHM [1].';
comment on column trap_data.dataset.expiry is 'Time steps without a detection after which a source is no longer measured by force.';
comment on column trap_data.dataset.bandwidth_max is 'If above 0, the bandwidth taken for every image when bands are assigned [Hz].';
comment on column trap_data.dataset.run_count is 'Runs so far; the next run_id follows from it.';
comment on column trap_data.dataset.image_count is 'Images so far; the next image_id follows from it.';
comment on column trap_data.dataset.band_count is 'Bands so far; the next band_id follows from it.';
comment on column trap_data.dataset.sky_region_count is 'Sky regions so far; the next sky_region_id follows from it.';
comment on column trap_data.dataset.step_count is 'Time steps closed so far.';
comment on column trap_data.dataset.position_err_max is
'Largest position error of a usable blind measurement so far, hence of a source: bounds the search for candidate pairs [deg].';
comment on column trap_data.dataset.last_taken_at is 'Time of the last time step closed; earlier images are refused.';


create table trap_data.pipeline_run (
    run_id bigint primary key,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    configuration jsonb not null,
    version text not null,
    host text not null,
    username text not null,
    command text not null,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    outcome text,
    timings jsonb
);
create index on trap_data.pipeline_run (dataset_id);
comment on table trap_data.pipeline_run is 'One invocation that added to a data set.';
comment on column trap_data.pipeline_run.run_id is 'dataset_id * 2^24 + number of the run in its data set.';
comment on column trap_data.pipeline_run.dataset_id is 'Data set it added to.';
comment on column trap_data.pipeline_run.configuration is 'Whole configuration of the run.';
comment on column trap_data.pipeline_run.version is 'Version of trapdb.';
comment on column trap_data.pipeline_run.host is 'Name of the machine.';
comment on column trap_data.pipeline_run.username is 'Name of the user.';
comment on column trap_data.pipeline_run.command is 'Command line.';
comment on column trap_data.pipeline_run.started_at is 'When the run started.';
comment on column trap_data.pipeline_run.ended_at is 'When the run ended; NULL while it runs or if it was killed.';
comment on column trap_data.pipeline_run.outcome is 'How it ended: complete, interrupted or failed, with the reason.';
comment on column trap_data.pipeline_run.timings is 'Seconds spent in each stage [s].';


create table trap_data.run_log (
    run_id bigint not null references trap_data.pipeline_run on delete cascade,
    logged_at timestamptz not null default clock_timestamp(),
    path text not null,
    reason text not null,
    detail text not null
);
create index on trap_data.run_log (run_id);
comment on table trap_data.run_log is
'Files that could not become an image: unreadable, or without a place in time, frequency or on the sky; and refused ones.';
comment on column trap_data.run_log.run_id is 'Run that met the file.';
comment on column trap_data.run_log.logged_at is 'When.';
comment on column trap_data.run_log.path is 'Path of the file.';
comment on column trap_data.run_log.reason is 'Short name of the reason.';
comment on column trap_data.run_log.detail is 'What was wrong.';


create table trap_data.band (
    band_id bigint primary key,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    freq_central double precision not null check (freq_central > 0 and freq_central < 'infinity'),
    freq_low double precision not null,
    freq_high double precision not null check (freq_high >= freq_low and freq_high < 'infinity')
);
create index on trap_data.band (dataset_id);
comment on table trap_data.band is 'A frequency band of a data set: images whose bands overlap its own belong to it.';
comment on column trap_data.band.band_id is 'dataset_id * 2^24 + number of the band in its data set.';
comment on column trap_data.band.dataset_id is 'Data set.';
comment on column trap_data.band.freq_central is 'Effective frequency of the image that made the band [Hz].';
comment on column trap_data.band.freq_low is 'Lower edge [Hz].';
comment on column trap_data.band.freq_high is 'Upper edge [Hz].';


create table trap_data.sky_region (
    dataset_id integer not null,
    sky_region_id bigint not null,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    radius double precision not null check (radius > 0 and radius <= 90),
    vertex_ra double precision[],
    vertex_dec double precision[],
    circle scircle not null,
    polygon spoly,
    primary key (sky_region_id, dataset_id),
    check (sky_region_id >> 24 = dataset_id),
    check ((vertex_ra is null) = (polygon is null) and cardinality(vertex_ra) = cardinality(vertex_dec))
) partition by list (dataset_id);
create index sky_region_circle_idx on trap_data.sky_region using gist (circle);
comment on table trap_data.sky_region is 'A distinct footprint of images: a circle, or the polygon within it.';
comment on column trap_data.sky_region.sky_region_id is 'dataset_id * 2^24 + number of the region in its data set.';
comment on column trap_data.sky_region.dataset_id is 'Data set.';
comment on column trap_data.sky_region.ra is 'Centre of the circle, right ascension [deg].';
comment on column trap_data.sky_region.dec is 'Centre of the circle, declination [deg].';
comment on column trap_data.sky_region.radius is 'Radius of the circle [deg].';
comment on column trap_data.sky_region.vertex_ra is 'Corners of the polygon, right ascension [deg]; NULL for a circle.';
comment on column trap_data.sky_region.vertex_dec is 'Corners of the polygon, declination [deg]; NULL for a circle.';
comment on column trap_data.sky_region.circle is 'The circle, padded so that an index probe misses nothing that its images hold.';
comment on column trap_data.sky_region.polygon is 'The polygon, sides are great circles; NULL for a circle.';


create table trap_data.image (
    image_id bigint primary key,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    run_id bigint not null,
    band_id bigint not null,
    sky_region_id bigint,
    status trap_data.image_status not null,
    path text not null,
    digest text not null,
    taken_at timestamptz not null,
    duration double precision check (duration >= 0 and duration < 'infinity'),
    freq_eff double precision not null check (freq_eff > 0 and freq_eff < 'infinity'),
    bandwidth double precision check (bandwidth >= 0 and bandwidth < 'infinity'),
    stokes trap_data.stokes_parameter not null,
    telescope text,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    pixel_scale_x double precision not null,
    pixel_scale_y double precision not null,
    beam_major double precision,
    beam_minor double precision,
    beam_pa double precision,
    rms_median double precision,
    rms_min double precision,
    rms_max double precision,
    detection_threshold double precision not null,
    analysis_threshold double precision not null,
    origin_image_id bigint,
    check (image_id >> 24 = dataset_id),
    check (
        status = 'rejected'
        or (
            num_nulls(sky_region_id, beam_major, rms_min, rms_max) = 0
            and beam_major > 0 and beam_major < 'infinity'
            and rms_min > 0 and rms_max >= rms_min and rms_max < 'infinity'
        )
    )
);
create index on trap_data.image (dataset_id, taken_at);
-- each time step asks for rewound images, of which there are nearly always none
create index on trap_data.image (dataset_id, taken_at) where status = 'rewound';
-- a rewound image stands beside the one that is made of it when it is replayed
create unique index on trap_data.image (dataset_id, digest) where status <> 'rewound';
comment on table trap_data.image is 'One image plane at one time, frequency and Stokes parameter.';
comment on column trap_data.image.image_id is 'dataset_id * 2^24 + number of the image in its data set, in the order of processing.';
comment on column trap_data.image.dataset_id is 'Data set.';
comment on column trap_data.image.run_id is 'Run that took it.';
comment on column trap_data.image.band_id is 'Frequency band.';
comment on column trap_data.image.sky_region_id is 'Footprint; NULL for a rejected image.';
comment on column trap_data.image.status is 'accepted, rejected by a quality check, or rewound.';
comment on column trap_data.image.path is 'Path of the file it was read from.';
comment on column trap_data.image.digest is 'SHA-256 of the decoded plane and its metadata, by which an image is recognised.';
comment on column trap_data.image.taken_at is 'Start of the observation, UTC.';
comment on column trap_data.image.duration is 'Length of the observation [s].';
comment on column trap_data.image.freq_eff is 'Effective frequency [Hz].';
comment on column trap_data.image.bandwidth is 'Bandwidth [Hz].';
comment on column trap_data.image.stokes is 'Stokes parameter.';
comment on column trap_data.image.telescope is 'Telescope, as the file names it.';
comment on column trap_data.image.ra is 'Centre, right ascension [deg].';
comment on column trap_data.image.dec is 'Centre, declination [deg].';
comment on column trap_data.image.pixel_scale_x is 'Pixel size along the first axis [deg].';
comment on column trap_data.image.pixel_scale_y is 'Pixel size along the second axis [deg].';
comment on column trap_data.image.beam_major is 'Restoring beam, major axis FWHM [deg].';
comment on column trap_data.image.beam_minor is 'Restoring beam, minor axis FWHM [deg].';
comment on column trap_data.image.beam_pa is 'Restoring beam, position angle, north through east [deg].';
comment on column trap_data.image.rms_median is 'Median of the noise map in the footprint [Jy/beam].';
comment on column trap_data.image.rms_min is 'Smallest value of the noise map in the footprint [Jy/beam].';
comment on column trap_data.image.rms_max is 'Largest value of the noise map in the footprint [Jy/beam].';
comment on column trap_data.image.detection_threshold is 'Peak S/N that an island must hold [1].';
comment on column trap_data.image.analysis_threshold is 'S/N down to which an island extends [1].';
comment on column trap_data.image.origin_image_id is
'Image from which it was copied with its blind measurements, row by row, to be associated anew; NULL for one read from a file.';


create table trap_data.image_noise (
    image_id bigint primary key references trap_data.image on delete cascade,
    l0 double precision not null,
    m0 double precision not null,
    dl double precision not null check (dl <> 0),
    dm double precision not null check (dm <> 0),
    rms real[] not null check (array_ndims(rms) = 2)
);
comment on table trap_data.image_noise is
'Noise map of an image on a grid of direction cosines about the image''s centre, whatever the projection of the image itself.';
comment on column trap_data.image_noise.image_id is 'Image.';
comment on column trap_data.image_noise.l0 is 'Direction cosine l (east) of the first column [1].';
comment on column trap_data.image_noise.m0 is 'Direction cosine m (north) of the first row [1].';
comment on column trap_data.image_noise.dl is 'Step in l from column to column [1].';
comment on column trap_data.image_noise.dm is 'Step in m from row to row [1].';
comment on column trap_data.image_noise.rms is 'Noise at each grid point, rms[row m][column l]; NULL outside the image [Jy/beam].';


create table trap_data.quality_check (
    image_id bigint not null references trap_data.image on delete cascade,
    name text not null,
    value double precision,
    low double precision,
    high double precision,
    passed boolean not null,
    detail text not null,
    primary key (image_id, name)
);
comment on table trap_data.quality_check is 'One check of one image, passed or not.';
comment on column trap_data.quality_check.image_id is 'Image.';
comment on column trap_data.quality_check.name is 'Name of the check.';
comment on column trap_data.quality_check.value is 'Value found, in the unit that detail states; NULL where the check has none [as stated].';
comment on column trap_data.quality_check.low is 'Lower limit [as value].';
comment on column trap_data.quality_check.high is 'Upper limit [as value].';
comment on column trap_data.quality_check.passed is 'Whether the image passed.';
comment on column trap_data.quality_check.detail is 'The check in words.';


create table trap_data.sky_region_limit (
    sky_region_id bigint not null,
    band_id bigint not null,
    stokes trap_data.stokes_parameter not null,
    detection_threshold double precision not null,
    image_id bigint not null,
    rms_min double precision not null,
    rms_max double precision not null,
    image_count integer not null,
    primary key (sky_region_id, band_id, stokes, detection_threshold)
);
comment on table trap_data.sky_region_limit is
'The deepest image so far of a sky region in one band, Stokes parameter and detection threshold: smallest rms_min, then '
'smallest rms_max, then the earliest. Holds closed time steps only.';
comment on column trap_data.sky_region_limit.sky_region_id is 'Sky region.';
comment on column trap_data.sky_region_limit.band_id is 'Band.';
comment on column trap_data.sky_region_limit.stokes is 'Stokes parameter.';
comment on column trap_data.sky_region_limit.detection_threshold is 'Detection threshold of the images [1].';
comment on column trap_data.sky_region_limit.image_id is 'The deepest image.';
comment on column trap_data.sky_region_limit.rms_min is 'Its smallest noise [Jy/beam].';
comment on column trap_data.sky_region_limit.rms_max is 'Its largest noise [Jy/beam].';
comment on column trap_data.sky_region_limit.image_count is 'Images so far.';


create table trap_data.measurement (
    dataset_id integer not null,
    measurement_id bigint not null,
    image_id bigint not null,
    kind trap_data.measurement_kind not null,
    forced_for bigint,
    ra double precision not null check (ra >= 0 and ra < 360),
    dec double precision not null check (dec between -90 and 90),
    ra_err double precision check (ra_err > 0 and ra_err < 'infinity'),
    dec_err double precision check (dec_err > 0 and dec_err < 'infinity'),
    ra_fit_err double precision check (ra_fit_err >= 0 and ra_fit_err < 'infinity'),
    dec_fit_err double precision check (dec_fit_err >= 0 and dec_fit_err < 'infinity'),
    peak_flux double precision check (peak_flux > '-infinity' and peak_flux < 'infinity'),
    peak_flux_err double precision check (peak_flux_err > 0 and peak_flux_err < 'infinity'),
    int_flux double precision check (int_flux > '-infinity' and int_flux < 'infinity'),
    int_flux_err double precision check (int_flux_err > 0 and int_flux_err < 'infinity'),
    snr real check (snr > '-infinity' and snr < 'infinity'),
    local_rms double precision check (local_rms > 0 and local_rms < 'infinity'),
    background double precision check (background > '-infinity' and background < 'infinity'),
    major real check (major > 0 and major < 'infinity'),
    minor real check (minor > 0 and minor < 'infinity'),
    pa real check (pa between -360 and 360),
    major_err real check (major_err >= 0 and major_err < 'infinity'),
    minor_err real check (minor_err >= 0 and minor_err < 'infinity'),
    pa_err real check (pa_err >= 0 and pa_err < 'infinity'),
    deconvolved_major real check (deconvolved_major >= 0 and deconvolved_major < 'infinity'),
    deconvolved_minor real check (deconvolved_minor >= 0 and deconvolved_minor < 'infinity'),
    deconvolved_pa real check (deconvolved_pa between -360 and 360),
    chi2 real check (chi2 >= 0 and chi2 < 'infinity'),
    x real check (x > '-infinity' and x < 'infinity'),
    y real check (y > '-infinity' and y < 'infinity'),
    island integer not null,
    flags integer not null,
    usable boolean not null,
    group_id bigint,
    siblings integer not null default 0,
    primary key (measurement_id, dataset_id),
    check (measurement_id >> 20 = image_id and image_id >> 24 = dataset_id),
    check ((kind = 'blind') = (forced_for is null)),
    check (not usable or num_nulls(peak_flux, peak_flux_err, int_flux, int_flux_err) = 0),
    check (not usable or kind <> 'blind' or num_nulls(ra_err, dec_err) = 0)
) partition by list (dataset_id);
comment on table trap_data.measurement is
'One fit to one image. Operators copy into this table directly; its checks are the guard. Unusable fits are kept and take no part.';
comment on column trap_data.measurement.dataset_id is 'Data set.';
comment on column trap_data.measurement.measurement_id is 'image_id * 2^20 + row in the image.';
comment on column trap_data.measurement.image_id is 'Image.';
comment on column trap_data.measurement.kind is 'blind, null_detection or monitored.';
comment on column trap_data.measurement.forced_for is 'Source for which a forced fit was made; NULL for a blind one.';
comment on column trap_data.measurement.ra is 'Right ascension [deg].';
comment on column trap_data.measurement.dec is 'Declination [deg].';
comment on column trap_data.measurement.ra_err is 'Error of the position to the east on the sky: fit and systematic error in quadrature, 1 sigma [deg].';
comment on column trap_data.measurement.dec_err is 'Error of the position to the north: fit and systematic error in quadrature, 1 sigma [deg].';
comment on column trap_data.measurement.ra_fit_err is 'Error of the fit alone, to the east on the sky, 1 sigma [deg].';
comment on column trap_data.measurement.dec_fit_err is 'Error of the fit alone, to the north, 1 sigma [deg].';
comment on column trap_data.measurement.peak_flux is 'Peak flux density [Jy/beam].';
comment on column trap_data.measurement.peak_flux_err is 'Its error, 1 sigma [Jy/beam].';
comment on column trap_data.measurement.int_flux is 'Integrated flux density [Jy].';
comment on column trap_data.measurement.int_flux_err is 'Its error, 1 sigma [Jy].';
comment on column trap_data.measurement.snr is 'Peak over the local noise [1].';
comment on column trap_data.measurement.local_rms is 'Noise at the position [Jy/beam].';
comment on column trap_data.measurement.background is 'Background at the position [Jy/beam].';
comment on column trap_data.measurement.major is 'Fitted shape, major axis FWHM [deg].';
comment on column trap_data.measurement.minor is 'Fitted shape, minor axis FWHM [deg].';
comment on column trap_data.measurement.pa is 'Fitted shape, position angle, north through east [deg].';
comment on column trap_data.measurement.major_err is 'Error of the major axis, 1 sigma [deg].';
comment on column trap_data.measurement.minor_err is 'Error of the minor axis, 1 sigma [deg].';
comment on column trap_data.measurement.pa_err is 'Error of the position angle, 1 sigma [deg].';
comment on column trap_data.measurement.deconvolved_major is 'Shape deconvolved from the beam, major axis FWHM; 0 unresolved [deg].';
comment on column trap_data.measurement.deconvolved_minor is 'Shape deconvolved from the beam, minor axis FWHM; 0 unresolved [deg].';
comment on column trap_data.measurement.deconvolved_pa is 'Shape deconvolved from the beam, position angle, north through east [deg].';
comment on column trap_data.measurement.chi2 is 'Reduced chi squared of the fit [1].';
comment on column trap_data.measurement.x is 'First pixel coordinate, counted from 0 [pixel].';
comment on column trap_data.measurement.y is 'Second pixel coordinate, counted from 0 [pixel].';
comment on column trap_data.measurement.island is 'Island of pixels in the image to which it belongs; -1 for a forced fit.';
comment on column trap_data.measurement.flags is 'Bits, one a peculiarity of the fit, named in the documentation of the extractor.';
comment on column trap_data.measurement.group_id is
'Group of blind measurements of one image that share an island or lie within a beam of each other: the lowest of their ids.';
comment on column trap_data.measurement.siblings is 'Number of other measurements in the group.';
comment on column trap_data.measurement.usable is
'Whether it takes part: its fluxes, their errors and, for a blind one, the errors of its position are known.';


create table trap_data.source (
    dataset_id integer not null,
    source_id bigint not null,
    name text not null,
    ra double precision not null check (ra >= 0 and ra < 360),
    dec double precision not null check (dec between -90 and 90),
    ra_err double precision not null check (ra_err > 0 and ra_err < 'infinity'),
    dec_err double precision not null check (dec_err > 0 and dec_err < 'infinity'),
    pos spoint not null,
    reference_ra double precision not null check (reference_ra >= 0 and reference_ra < 360),
    reference_dec double precision not null check (reference_dec between -90 and 90),
    weight_l double precision not null,
    weighted_l double precision not null,
    weight_m double precision not null,
    weighted_m double precision not null,
    n_blind integer not null,
    n_forced integer not null,
    forced_steps integer not null,
    last_forced_image_id bigint,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    last_blind_image_id bigint not null,
    monitored boolean not null,
    primary key (source_id, dataset_id),
    check (source_id >> 44 = dataset_id)
) partition by list (dataset_id);
create index source_pos_idx on trap_data.source using gist (pos);
comment on table trap_data.source is 'The running catalogue: one row a source, its mean position from running sums.';
comment on column trap_data.source.dataset_id is 'Data set.';
comment on column trap_data.source.source_id is 'The id of its founding measurement.';
comment on column trap_data.source.name is 'Name after the position at discovery, Jhhmmss.s+ddmmss.';
comment on column trap_data.source.ra is 'Weighted mean position, right ascension [deg].';
comment on column trap_data.source.dec is 'Weighted mean position, declination [deg].';
comment on column trap_data.source.ra_err is 'Error of the weighted mean to the east on the sky, 1 sigma [deg].';
comment on column trap_data.source.dec_err is 'Error of the weighted mean to the north, 1 sigma [deg].';
comment on column trap_data.source.pos is
'The position that is indexed: follows the mean only when that has moved by 3 arcsec or more, so that most updates touch no index.';
comment on column trap_data.source.reference_ra is 'Point about which the sums are taken (the founding position), right ascension [deg].';
comment on column trap_data.source.reference_dec is 'Point about which the sums are taken (the founding position), declination [deg].';
comment on column trap_data.source.weight_l is 'Sum of 1 / ra_err^2 over the blind measurements [deg^-2].';
comment on column trap_data.source.weighted_l is 'Sum of l / ra_err^2, l the direction cosine to the east of the reference point [deg^-2].';
comment on column trap_data.source.weight_m is 'Sum of 1 / dec_err^2 over the blind measurements [deg^-2].';
comment on column trap_data.source.weighted_m is 'Sum of m / dec_err^2, m the direction cosine to the north of the reference point [deg^-2].';
comment on column trap_data.source.n_blind is 'Blind measurements, all bands.';
comment on column trap_data.source.n_forced is 'Usable forced fits, all bands.';
comment on column trap_data.source.forced_steps is 'Time steps with forced fits since the last detection.';
comment on column trap_data.source.last_forced_image_id is 'Image of the last forced fit.';
comment on column trap_data.source.first_seen is 'Time of the first blind measurement.';
comment on column trap_data.source.last_seen is 'Time of the last blind measurement.';
comment on column trap_data.source.last_blind_image_id is 'Image of the last blind measurement.';
comment on column trap_data.source.monitored is 'Whether this is a position that a user asked to monitor rather than a source found.';


create table trap_data.source_flux (
    dataset_id integer not null,
    source_id bigint not null,
    band_id bigint not null,
    stokes trap_data.stokes_parameter not null,
    n integer not null,
    int_mean double precision not null,
    int_m2 double precision not null,
    int_weight double precision not null,
    int_weighted_mean double precision not null,
    int_weighted_m2 double precision not null,
    peak_mean double precision not null,
    peak_m2 double precision not null,
    peak_weight double precision not null,
    peak_weighted_mean double precision not null,
    peak_weighted_m2 double precision not null,
    primary key (source_id, band_id, stokes, dataset_id)
) partition by list (dataset_id);
comment on table trap_data.source_flux is
'Running sums of the fluxes of a source in one band and Stokes parameter, blind and forced, about their running means (Welford 1962).';
comment on column trap_data.source_flux.dataset_id is 'Data set.';
comment on column trap_data.source_flux.source_id is 'Source.';
comment on column trap_data.source_flux.band_id is 'Band.';
comment on column trap_data.source_flux.stokes is 'Stokes parameter.';
comment on column trap_data.source_flux.n is 'Usable points, blind and forced.';
comment on column trap_data.source_flux.int_mean is 'Mean integrated flux density [Jy].';
comment on column trap_data.source_flux.int_m2 is 'Sum of squared differences from the mean [Jy^2].';
comment on column trap_data.source_flux.int_weight is 'Sum of weights 1 / error^2 [Jy^-2].';
comment on column trap_data.source_flux.int_weighted_mean is 'Weighted mean integrated flux density [Jy].';
comment on column trap_data.source_flux.int_weighted_m2 is 'Weighted sum of squared differences from the weighted mean [1].';
comment on column trap_data.source_flux.peak_mean is 'Mean peak flux density [Jy/beam].';
comment on column trap_data.source_flux.peak_m2 is 'Sum of squared differences from the mean [(Jy/beam)^2].';
comment on column trap_data.source_flux.peak_weight is 'Sum of weights 1 / error^2 [(Jy/beam)^-2].';
comment on column trap_data.source_flux.peak_weighted_mean is 'Weighted mean peak flux density [Jy/beam].';
comment on column trap_data.source_flux.peak_weighted_m2 is 'Weighted sum of squared differences from the weighted mean [1].';


create table trap_data.association (
    dataset_id integer not null,
    source_id bigint not null,
    measurement_id bigint not null,
    kind trap_data.association_kind not null,
    de_ruiter_radius double precision,
    separation_arcsec double precision,
    known_image_id bigint not null,
    backfilled boolean not null,
    primary key (source_id, measurement_id, dataset_id)
) partition by list (dataset_id);
comment on table trap_data.association is 'Which measurement belongs to which source: the light curves.';
comment on column trap_data.association.dataset_id is 'Data set.';
comment on column trap_data.association.source_id is 'Source.';
comment on column trap_data.association.measurement_id is 'Measurement.';
comment on column trap_data.association.kind is 'How it came to the source.';
comment on column trap_data.association.de_ruiter_radius is 'De Ruiter radius at the time; NULL for a forced fit or the founding measurement [1].';
comment on column trap_data.association.separation_arcsec is 'Separation from the source at the time; NULL as de_ruiter_radius [arcsec].';
comment on column trap_data.association.known_image_id is
'The last image that had been taken when the point became known: its own, for a forced fit the last of its time step, or a later one.';
comment on column trap_data.association.backfilled is 'Whether the point was measured after its own time step.';


create table trap_data.source_ancestry (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    source_id bigint not null,
    ancestor_id bigint not null,
    until_image_id bigint not null,
    primary key (source_id, ancestor_id)
);
create index on trap_data.source_ancestry (dataset_id);
comment on table trap_data.source_ancestry is
'From whom a source inherits its light curve after a fork; one row an ancestor, closed transitively.';
comment on column trap_data.source_ancestry.dataset_id is 'Data set.';
comment on column trap_data.source_ancestry.source_id is 'Source that inherits.';
comment on column trap_data.source_ancestry.ancestor_id is 'Source whose points it inherits.';
comment on column trap_data.source_ancestry.until_image_id is 'Points that were known before this image was processed are inherited.';


create table trap_data.new_source (
    source_id bigint primary key,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    limiting_image_id bigint not null,
    limiting_rms_min double precision not null,
    limiting_rms_max double precision not null,
    detection_threshold double precision not null,
    peak_flux double precision not null
);
create index on trap_data.new_source (dataset_id);
comment on table trap_data.new_source is
'A source first seen where an earlier accepted image of the same band and Stokes parameter covered the place, with that image''s '
'limits. The margin is applied when asked.';
comment on column trap_data.new_source.source_id is 'Source; its founding measurement has the same id.';
comment on column trap_data.new_source.dataset_id is 'Data set.';
comment on column trap_data.new_source.limiting_image_id is 'The deepest earlier image that covers the place.';
comment on column trap_data.new_source.limiting_rms_min is 'Smallest noise of that image [Jy/beam].';
comment on column trap_data.new_source.limiting_rms_max is 'Largest noise of that image [Jy/beam].';
comment on column trap_data.new_source.detection_threshold is 'Detection threshold of that image [1].';
comment on column trap_data.new_source.peak_flux is 'Peak flux density of the founding measurement [Jy/beam].';
