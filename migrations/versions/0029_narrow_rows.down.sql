-- Wide rows, with the data set in the keys. The numbers stay what they are, and so do all sums of them.
alter table trap_data.publication drop column former_checksum;

alter table trap_data.curve_stretch
drop constraint curve_stretch_check2,
alter fluxes type double precision[] using
    fluxes[1:1] || flux_errors[1:1]::double precision[] || fluxes[2:2]
    || flux_errors[2:2]::double precision[] || flux_errors[3:3]::double precision[];
alter table trap_data.curve_stretch alter fluxes set storage plain;
alter table trap_data.curve_stretch
drop column flux_errors,
add constraint curve_stretch_check2 check (
    cardinality(taken_at) = cardinality(measurement_ids) and cardinality(snr) = cardinality(measurement_ids)
    and cardinality(codes) = cardinality(measurement_ids)
    and cardinality(de_ruiter_radius) = cardinality(measurement_ids)
    and cardinality(separation_arcsec) = cardinality(measurement_ids)
    and array_length(places, 1) = 2 and array_length(places, 2) = cardinality(measurement_ids)
    and array_length(fluxes, 1) = 5 and array_length(fluxes, 2) = cardinality(measurement_ids)
);
comment on column trap_data.curve_stretch.fluxes is
'Peak flux densities [Jy/beam] and their errors, integrated flux densities [Jy] and their errors, and noise at the position [Jy/beam].';

do $$
declare
    v_key record;
begin
    for v_key in
        select i.inhrelid::regclass as partition, c.conname as name
        from pg_inherits as i
        inner join pg_constraint as c on i.inhrelid = c.conrelid and c.contype = 'p'
        where i.inhparent in ('trap_data.measurement'::regclass, 'trap_data.association'::regclass)
        order by i.inhrelid
    loop
        execute format('alter table %s drop constraint %I', v_key.partition, v_key.name);
    end loop;
end;
$$;
alter table trap_data.association add primary key (source_id, measurement_id, dataset_id);

alter table trap_data.measurement rename to measurement_narrow;
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
    peak_flux_raw real check (peak_flux_raw > '-infinity' and peak_flux_raw < 'infinity'),
    deconvolved_major_err real check (deconvolved_major_err >= 0 and deconvolved_major_err < 'infinity'),
    deconvolved_minor_err real check (deconvolved_minor_err >= 0 and deconvolved_minor_err < 'infinity'),
    deconvolved_pa_err real check (deconvolved_pa_err >= 0 and deconvolved_pa_err < 'infinity'),
    check (measurement_id >> 20 = image_id and image_id >> 24 = dataset_id),
    check ((kind = 'blind') = (forced_for is null)),
    check (not usable or num_nulls(peak_flux, peak_flux_err, int_flux, int_flux_err) = 0),
    check (not usable or kind <> 'blind' or num_nulls(ra_err, dec_err) = 0)
) partition by list (dataset_id);

-- what was said of the columns holds of the new ones
do $$
declare
    v_said record;
begin
    for v_said in
        select a.attname as column, col_description(a.attrelid, a.attnum) as text
        from pg_attribute as a
        where a.attrelid = 'trap_data.measurement_narrow'::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> 'image_id'
    loop
        execute format('comment on column trap_data.measurement.%I is %L', v_said.column, v_said.text);
    end loop;
    execute format('comment on table trap_data.measurement is %L', obj_description('trap_data.measurement_narrow'::regclass));
end;
$$;
comment on column trap_data.measurement.image_id is 'Image.';
comment on column trap_data.measurement.island is 'Island of pixels in the image to which it belongs; -1 for a forced fit.';
comment on column trap_data.measurement.siblings is 'Number of other measurements in the group.';

-- Rows are written anew in the order of their ids, one data set after the other.
do $$
declare
    v_old record;
begin
    for v_old in
        select c.relname as name, substring(c.relname from '_(\d+)$')::integer as dataset_id
        from pg_inherits as i
        inner join pg_class as c on i.inhrelid = c.oid
        where i.inhparent = 'trap_data.measurement_narrow'::regclass
        order by c.relname
    loop
        execute format('alter table trap_data.%1$I rename to %1$s_narrow', v_old.name);
        execute format(
            'create table trap_data.%1$I (like trap_data.measurement including all, check (dataset_id = %2$s)) '
            'with (fillfactor = 100, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)',
            v_old.name, v_old.dataset_id
        );
        execute format(
            'insert into trap_data.%1$I ('
            'dataset_id, measurement_id, image_id, kind, forced_for, ra, dec, ra_err, dec_err, ra_fit_err, dec_fit_err, '
            'peak_flux, peak_flux_err, int_flux, int_flux_err, snr, local_rms, background, major, minor, pa, major_err, '
            'minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa, chi2, x, y, island, flags, usable, '
            'group_id, siblings, peak_flux_raw, deconvolved_major_err, deconvolved_minor_err, deconvolved_pa_err) '
            'select '
            'dataset_id, measurement_id, measurement_id >> 20, kind, forced_for, ra, dec, ra_err, dec_err, ra_fit_err, '
            'dec_fit_err, peak_flux, peak_flux_err, int_flux, int_flux_err, snr, local_rms, background, major, minor, pa, '
            'major_err, minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa, chi2, x, y, '
            'coalesce(island, -1), flags, usable, group_id, coalesce(siblings, 0), peak_flux_raw, deconvolved_major_err, '
            'deconvolved_minor_err, deconvolved_pa_err '
            'from trap_data.%1$s_narrow order by measurement_id',
            v_old.name
        );
        execute format('alter table trap_data.measurement attach partition trap_data.%1$I for values in (%2$s)', v_old.name, v_old.dataset_id);
    end loop;
end;
$$;
drop table trap_data.measurement_narrow;
alter table trap_data.measurement add primary key (measurement_id, dataset_id);
