-- Points of light curves of closed images, kept by source: what trap_data.association has of them, moved here, and what a light curve asks
-- of their measurements and images, copied. An array has an element a point, in the order of measurement_ids, or a single one that holds
-- for all of them.
create table trap_data.curve_stretch (
    dataset_id integer not null,
    source_id bigint not null,
    band_id bigint not null,
    stokes trap_data.stokes_parameter not null,
    first_measurement_id bigint not null,
    last_measurement_id bigint not null,
    last_known_image_id bigint not null,
    measurement_ids bigint[] not null,
    taken_at timestamptz[] not null,
    freq_eff double precision[] not null,
    places double precision[] not null,
    fluxes double precision[] not null,
    snr real[] not null,
    de_ruiter_radius double precision[] not null,
    separation_arcsec double precision[] not null,
    codes smallint[] not null,
    known_after integer[] not null,
    flags integer[] not null,
    siblings integer[] not null,
    primary key (source_id, first_measurement_id, dataset_id),
    check (
        first_measurement_id <= last_measurement_id
        and first_measurement_id >> 44 = dataset_id and last_measurement_id >> 44 = dataset_id
    ),
    check (
        first_measurement_id = measurement_ids[1]
        and last_measurement_id = measurement_ids[cardinality(measurement_ids)]
        and last_known_image_id >= last_measurement_id >> 20
    ),
    check (
        cardinality(taken_at) = cardinality(measurement_ids) and cardinality(snr) = cardinality(measurement_ids)
        and cardinality(codes) = cardinality(measurement_ids)
        and cardinality(de_ruiter_radius) = cardinality(measurement_ids)
        and cardinality(separation_arcsec) = cardinality(measurement_ids)
        and array_length(places, 1) = 2 and array_length(places, 2) = cardinality(measurement_ids)
        and array_length(fluxes, 1) = 5 and array_length(fluxes, 2) = cardinality(measurement_ids)
    )
) partition by list (dataset_id);
create index on trap_data.curve_stretch (last_known_image_id);
-- the numbers are noise, which cannot be compressed, and a row of another table is a page more to read
alter table trap_data.curve_stretch
alter measurement_ids set storage plain, alter taken_at set storage plain, alter freq_eff set storage plain,
alter places set storage plain, alter fluxes set storage plain, alter snr set storage plain,
alter de_ruiter_radius set storage plain, alter separation_arcsec set storage plain, alter codes set storage plain,
alter known_after set storage plain, alter flags set storage plain, alter siblings set storage plain;
comment on table trap_data.curve_stretch is
'Points of the light curve of one source in one band and Stokes parameter, in the order of their images, of images that were closed: moved '
'here from association. An array has an element a point, or, where it may, a single one that holds for all of them.';
comment on column trap_data.curve_stretch.dataset_id is 'Data set.';
comment on column trap_data.curve_stretch.source_id is 'Source.';
comment on column trap_data.curve_stretch.band_id is 'Band of the images.';
comment on column trap_data.curve_stretch.stokes is 'Stokes parameter of the images.';
comment on column trap_data.curve_stretch.first_measurement_id is 'Measurement of the first point.';
comment on column trap_data.curve_stretch.last_measurement_id is 'Measurement of the last point.';
comment on column trap_data.curve_stretch.last_known_image_id is 'The last image that had been taken when the last of the points became known.';
comment on column trap_data.curve_stretch.measurement_ids is 'Measurements.';
comment on column trap_data.curve_stretch.taken_at is 'Starts of the observations.';
comment on column trap_data.curve_stretch.freq_eff is 'Effective frequencies of the images, or their one frequency [Hz].';
comment on column trap_data.curve_stretch.places is 'Right ascensions, and declinations [deg].';
comment on column trap_data.curve_stretch.fluxes is
'Peak flux densities [Jy/beam] and their errors, integrated flux densities [Jy] and their errors, and noise at the position [Jy/beam].';
comment on column trap_data.curve_stretch.snr is 'Peaks, their known bias taken off, over the local noise [1].';
comment on column trap_data.curve_stretch.de_ruiter_radius is 'De Ruiter radii at the time, as in association [1].';
comment on column trap_data.curve_stretch.separation_arcsec is 'Separations from the source at the time, as in association [arcsec].';
comment on column trap_data.curve_stretch.codes is
'How each point came to the source, the number of its kind in association_kind, from 1; plus 16 if the measurement is usable, plus 32 if it '
'was measured after its own time step.';
comment on column trap_data.curve_stretch.known_after is
'How many images later than its own image each point became known, or the one number of all.';
comment on column trap_data.curve_stretch.flags is 'Bits, one a peculiarity of the fit, or those of all.';
comment on column trap_data.curve_stretch.siblings is 'Numbers of other measurements in the group, or the one number of all.';

do $$
declare
    v_dataset_id integer;
begin
    for v_dataset_id in select d.dataset_id from trap_data.dataset as d order by d.dataset_id loop
        execute format(
            'create table trap_data.curve_stretch_%1$s (like trap_data.curve_stretch including all, check (dataset_id = %1$s)) with ('
            'fillfactor = 100, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)',
            v_dataset_id
        );
        execute format(
            'alter table trap_data.curve_stretch attach partition trap_data.curve_stretch_%1$s for values in (%1$s)', v_dataset_id
        );
    end loop;
end;
$$;
