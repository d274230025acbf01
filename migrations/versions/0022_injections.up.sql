-- The truth about sources that were put into images, or among their measurements. It goes with its data set, and with nothing else: a
-- rewind changes what was found, not what was there.
create table trap_data.injection (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    number integer not null check (number > 0),
    kind text not null check (kind <> ''),
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    peak_flux double precision not null check (abs(peak_flux) < 'infinity'),
    peak_snr double precision not null check (peak_snr >= 0 and peak_snr < 'infinity'),
    peak_at timestamptz not null,
    timescale double precision check (timescale > 0 and timescale < 'infinity'),
    started_at timestamptz,
    images integer not null check (images > 0),
    centre_distance double precision not null check (centre_distance >= 0),
    beam_major double precision not null check (beam_major > 0),
    parameters jsonb not null,
    primary key (dataset_id, number)
);
comment on table trap_data.injection is 'A source that was put into the images of an injected data set, or among their measurements.';
comment on column trap_data.injection.dataset_id is 'Data set.';
comment on column trap_data.injection.number is 'Number of the source among the injected ones, from 1 [1].';
comment on column trap_data.injection.kind is 'What it is, as trapdb/simulate/light_curves names kinds; table: given by a table.';
comment on column trap_data.injection.ra is 'Place, right ascension [deg].';
comment on column trap_data.injection.dec is 'Place, declination [deg].';
comment on column trap_data.injection.peak_flux is 'Peak flux density in the image in which it stands out most [Jy/beam].';
comment on column trap_data.injection.peak_snr is 'The same, without its sign, over the noise of that image at the place [sigma].';
comment on column trap_data.injection.peak_at is 'Start of that image.';
comment on column trap_data.injection.timescale is
'Duration above half of the peak, period, or time of crossing or correlation [s]; NULL: it has none.';
comment on column trap_data.injection.started_at is 'When it began; NULL: not at a time.';
comment on column trap_data.injection.images is 'How many images cover it [1].';
comment on column trap_data.injection.centre_distance is 'Distance from the centre of the image in which it stands out most [deg].';
comment on column trap_data.injection.beam_major is 'Major axis of the beam (FWHM) of that image [deg].';
comment on column trap_data.injection.parameters is
'Parameters of its light curve, from which it can be computed again: times in s since the first image, frequencies in Hz.';
