-- Data sets whose images are sums of those of another one. It tells of both, and goes with either.
create table trap_data.timescale (
    dataset_id integer primary key references trap_data.dataset on delete cascade,
    parent_id integer not null references trap_data.dataset on delete cascade,
    factor integer not null check (factor >= 2),
    check (dataset_id <> parent_id)
);
create index on trap_data.timescale (parent_id);
comment on table trap_data.timescale is 'A data set at a timescale of another one: its images are sums of those of that one.';
comment on column trap_data.timescale.dataset_id is 'Data set.';
comment on column trap_data.timescale.parent_id is 'Data set of the single images.';
comment on column trap_data.timescale.factor is 'How many of these are in an image [1].';

-- Bursts that a search found in the pixels of a data set's images. Each is at a monitored position, which has its light curve, and what
-- the search measured stays as long as that does, also when images are rewound: it names times, and no images.
create table trap_data.burst (
    source_id bigint primary key references trap_data.monitor_position on delete cascade,
    searched_at timestamptz not null,
    freq_eff double precision not null check (freq_eff > 0),
    stokes trap_data.stokes_parameter not null,
    images integer not null check (images > 0),
    threshold double precision not null,
    expected_false double precision not null check (expected_false >= 0),
    begins_at timestamptz not null,
    ends_at timestamptz not null check (ends_at >= begins_at),
    width integer not null check (width > 0),
    snr double precision not null,
    peak_at timestamptz not null,
    peak_snr double precision not null,
    peak_flux double precision,
    chi2 double precision not null,
    dof integer not null,
    compactness double precision,
    centre_distance double precision not null,
    primary_beam double precision check (primary_beam > 0),
    beam_major double precision not null check (beam_major > 0),
    deep_flux double precision,
    deep_snr double precision
);
comment on table trap_data.burst is 'A burst that a search of the pixels of a data set''s images found.';
comment on column trap_data.burst.source_id is 'Monitored position at its place.';
comment on column trap_data.burst.searched_at is 'Time of the search.';
comment on column trap_data.burst.freq_eff is 'Frequency of the images [Hz].';
comment on column trap_data.burst.stokes is 'Stokes parameter of the images.';
comment on column trap_data.burst.images is 'How many images were searched together [1].';
comment on column trap_data.burst.threshold is 'Threshold of the search [sigma].';
comment on column trap_data.burst.expected_false is 'How many peaks above it noise was expected to make in the whole search [1].';
comment on column trap_data.burst.begins_at is 'Start of the first image of its best run.';
comment on column trap_data.burst.ends_at is 'End of the last one, or its start if the duration is unknown.';
comment on column trap_data.burst.width is 'How many images that run has [1].';
comment on column trap_data.burst.snr is 'Significance of the run [sigma].';
comment on column trap_data.burst.peak_at is 'Start of the image in which it is brightest.';
comment on column trap_data.burst.peak_snr is 'Significance there [sigma].';
comment on column trap_data.burst.peak_flux is 'Mean peak flux density of the run, less the mean of all images [Jy/beam].';
comment on column trap_data.burst.chi2 is 'Chi squared of all images about their mean at the place [1].';
comment on column trap_data.burst.dof is 'Degrees of freedom of that [1].';
comment on column trap_data.burst.compactness is 'Flux within a beam''s width over that of a point as bright [1].';
comment on column trap_data.burst.centre_distance is 'Distance from the centre of the images [deg].';
comment on column trap_data.burst.primary_beam is 'Width of the primary beam (FWHM) [deg]; NULL: not given.';
comment on column trap_data.burst.beam_major is 'Major axis of the images'' beam (FWHM) [deg].';
comment on column trap_data.burst.deep_flux is 'Peak flux density in the mean of all images at the place [Jy/beam].';
comment on column trap_data.burst.deep_snr is 'The same in units of the noise of that mean [sigma].';
