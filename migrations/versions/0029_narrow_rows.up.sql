-- Measurements in rows that are as narrow as what they hold. All errors, noise and background are numbers of four bytes, whose seven digits
-- are more than anybody knows of them; fluxes and positions stay numbers of eight. Columns stand so that none has to be padded, and of
-- which image it is tells the id. What was summed of the numbers is summed again: it agrees to the last digits.
-- A key of a partitioned table has to have the data set in it, which is the same all over a partition: so each partition has its own.
alter table trap_data.measurement drop constraint measurement_pkey;
alter table trap_data.association drop constraint association_pkey;
alter table trap_data.measurement rename to measurement_wide;
create table trap_data.measurement (
    measurement_id bigint not null,
    ra double precision not null check (ra >= 0 and ra < 360),
    dec double precision not null check (dec between -90 and 90),
    peak_flux double precision check (peak_flux > '-infinity' and peak_flux < 'infinity'),
    int_flux double precision check (int_flux > '-infinity' and int_flux < 'infinity'),
    forced_for bigint,
    group_id bigint,
    dataset_id integer not null,
    kind trap_data.measurement_kind not null,
    ra_err real check (ra_err > 0 and ra_err < 'infinity'),
    dec_err real check (dec_err > 0 and dec_err < 'infinity'),
    ra_fit_err real check (ra_fit_err >= 0 and ra_fit_err < 'infinity'),
    dec_fit_err real check (dec_fit_err >= 0 and dec_fit_err < 'infinity'),
    peak_flux_err real check (peak_flux_err > 0 and peak_flux_err < 'infinity'),
    peak_flux_raw real check (peak_flux_raw > '-infinity' and peak_flux_raw < 'infinity'),
    int_flux_err real check (int_flux_err > 0 and int_flux_err < 'infinity'),
    snr real check (snr > '-infinity' and snr < 'infinity'),
    local_rms real check (local_rms > 0 and local_rms < 'infinity'),
    background real check (background > '-infinity' and background < 'infinity'),
    major real check (major > 0 and major < 'infinity'),
    minor real check (minor > 0 and minor < 'infinity'),
    pa real check (pa between -360 and 360),
    major_err real check (major_err >= 0 and major_err < 'infinity'),
    minor_err real check (minor_err >= 0 and minor_err < 'infinity'),
    pa_err real check (pa_err >= 0 and pa_err < 'infinity'),
    deconvolved_major real check (deconvolved_major >= 0 and deconvolved_major < 'infinity'),
    deconvolved_minor real check (deconvolved_minor >= 0 and deconvolved_minor < 'infinity'),
    deconvolved_pa real check (deconvolved_pa between -360 and 360),
    deconvolved_major_err real check (deconvolved_major_err >= 0 and deconvolved_major_err < 'infinity'),
    deconvolved_minor_err real check (deconvolved_minor_err >= 0 and deconvolved_minor_err < 'infinity'),
    deconvolved_pa_err real check (deconvolved_pa_err >= 0 and deconvolved_pa_err < 'infinity'),
    chi2 real check (chi2 >= 0 and chi2 < 'infinity'),
    x real check (x > '-infinity' and x < 'infinity'),
    y real check (y > '-infinity' and y < 'infinity'),
    island integer check (island >= 0),
    flags smallint not null,
    siblings integer check (siblings > 0),
    usable boolean not null,
    check (measurement_id >> 44 = dataset_id),
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
        where a.attrelid = 'trap_data.measurement_wide'::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> 'image_id'
    loop
        execute format('comment on column trap_data.measurement.%I is %L', v_said.column, v_said.text);
    end loop;
    execute format('comment on table trap_data.measurement is %L', obj_description('trap_data.measurement_wide'::regclass));
end;
$$;
comment on column trap_data.measurement.island is
'Island of pixels in the image to which it belongs; NULL for a forced fit, and where none is known.';
comment on column trap_data.measurement.siblings is 'Number of other measurements in the group; NULL: it is in none.';

-- Rows are written anew in the order of their ids, one data set after the other.
do $$
declare
    v_old record;
begin
    for v_old in
        select c.relname as name, substring(c.relname from '_(\d+)$')::integer as dataset_id
        from pg_inherits as i
        inner join pg_class as c on i.inhrelid = c.oid
        where i.inhparent = 'trap_data.measurement_wide'::regclass
        order by c.relname
    loop
        execute format('alter table trap_data.%1$I rename to %1$s_wide', v_old.name);
        execute format(
            'create table trap_data.%1$I (like trap_data.measurement including all, check (dataset_id = %2$s), primary key (measurement_id) with (fillfactor = 100)) '
            'with (fillfactor = 100, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1)',
            v_old.name, v_old.dataset_id
        );
        execute format(
            'insert into trap_data.%1$I ('
            'measurement_id, ra, dec, forced_for, group_id, dataset_id, kind, ra_err, dec_err, ra_fit_err, dec_fit_err, '
            'peak_flux, peak_flux_err, peak_flux_raw, int_flux, int_flux_err, snr, local_rms, background, major, minor, pa, '
            'major_err, minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa, deconvolved_major_err, '
            'deconvolved_minor_err, deconvolved_pa_err, chi2, x, y, island, flags, siblings, usable) '
            'select '
            'measurement_id, ra, dec, forced_for, group_id, dataset_id, kind, ra_err, dec_err, ra_fit_err, dec_fit_err, '
            'peak_flux, peak_flux_err, peak_flux_raw, int_flux, int_flux_err, snr, local_rms, background, major, minor, pa, '
            'major_err, minor_err, pa_err, deconvolved_major, deconvolved_minor, deconvolved_pa, deconvolved_major_err, '
            'deconvolved_minor_err, deconvolved_pa_err, chi2, x, y, case when island >= 0 then island end, flags, '
            'nullif(siblings, 0), usable '
            'from trap_data.%1$s_wide order by measurement_id',
            v_old.name
        );
        execute format('alter table trap_data.measurement attach partition trap_data.%1$I for values in (%2$s)', v_old.name, v_old.dataset_id);
    end loop;
end;
$$;
drop table trap_data.measurement_wide;

do $$
declare
    v_partition regclass;
begin
    for v_partition in
        select i.inhrelid::regclass from pg_inherits as i where i.inhparent = 'trap_data.association'::regclass order by i.inhrelid
    loop
        execute format('alter table %s add primary key (source_id, measurement_id)', v_partition);
    end loop;
end;
$$;

alter table trap_data.curve_stretch drop constraint curve_stretch_check2, add column flux_errors real[];
alter table trap_data.curve_stretch
alter fluxes type double precision[] using fluxes[1:1] || fluxes[3:3],
alter flux_errors type real[] using (fluxes[2:2] || fluxes[4:4] || fluxes[5:5])::real[];
alter table trap_data.curve_stretch alter fluxes set storage plain, alter flux_errors set storage plain;
alter table trap_data.curve_stretch
alter flux_errors set not null,
add constraint curve_stretch_check2 check (
    cardinality(taken_at) = cardinality(measurement_ids) and cardinality(snr) = cardinality(measurement_ids)
    and cardinality(codes) = cardinality(measurement_ids)
    and cardinality(de_ruiter_radius) = cardinality(measurement_ids)
    and cardinality(separation_arcsec) = cardinality(measurement_ids)
    and array_length(places, 1) = 2 and array_length(places, 2) = cardinality(measurement_ids)
    and array_length(fluxes, 1) = 2 and array_length(fluxes, 2) = cardinality(measurement_ids)
    and array_length(flux_errors, 1) = 3 and array_length(flux_errors, 2) = cardinality(measurement_ids)
);
comment on column trap_data.curve_stretch.fluxes is 'Peak flux densities [Jy/beam], and integrated flux densities [Jy].';
comment on column trap_data.curve_stretch.flux_errors is
'Errors of peak flux densities [Jy/beam], those of integrated flux densities [Jy], and noise at the position [Jy/beam].';

alter table trap_data.publication add column former_checksum text check (former_checksum ~ '^[0-9a-f]{64}$');
comment on column trap_data.publication.former_checksum is
'Checksum under which it was published, if its numbers were rounded to four bytes since, by revision 0029 of the schema; NULL: they were not.';

create temporary table point (
    source_id bigint not null,
    measurement_id bigint not null,
    known_image_id bigint not null,
    kind trap_data.association_kind not null,
    backfilled boolean not null,
    inherited boolean not null,
    de_ruiter_radius double precision,
    separation_arcsec double precision
) on commit drop;

do $$
declare
    v_dataset_id integer;
    v_publication record;
    v_digest bytea;
    v_row bytea;
begin
    for v_dataset_id in select d.dataset_id from trap_data.dataset as d order by d.dataset_id loop
        truncate pg_temp.point;
        with own as materialized (
            select a.source_id, a.measurement_id, a.known_image_id, a.kind, a.backfilled, a.de_ruiter_radius, a.separation_arcsec
            from trap_data.association as a
            where a.dataset_id = v_dataset_id
            union all
            select
                c.source_id, p.id, (p.id >> 20) + coalesce(c.known_after[p.n], c.known_after[1]),
                (enum_range(null::trap_data.association_kind))[c.codes[p.n] & 15], c.codes[p.n] & 32 <> 0,
                c.de_ruiter_radius[p.n], c.separation_arcsec[p.n]
            from trap_data.curve_stretch as c
            cross join lateral unnest(c.measurement_ids) with ordinality as p (id, n)
            where c.dataset_id = v_dataset_id
        )

        insert into pg_temp.point (
            source_id, measurement_id, known_image_id, kind, backfilled, inherited, de_ruiter_radius, separation_arcsec
        )
        select
            o.source_id, o.measurement_id, o.known_image_id, o.kind, o.backfilled, false, o.de_ruiter_radius, o.separation_arcsec
        from own as o
        union all
        select
            y.source_id, o.measurement_id, o.known_image_id, o.kind, o.backfilled, true, o.de_ruiter_radius, o.separation_arcsec
        from trap_data.source_ancestry as y
        inner join own as o on y.ancestor_id = o.source_id
        where y.dataset_id = v_dataset_id and o.known_image_id < y.until_image_id;
        analyze pg_temp.point;

        with measured as (
            select
                p.source_id, p.measurement_id, i.band_id, i.stokes, m.kind = 'blind' as is_blind,
                m.int_flux::double precision as int_flux, m.int_flux_err::double precision as int_flux_err,
                1 / power(m.int_flux_err::double precision, 2) as int_weight,
                m.peak_flux::double precision as peak_flux, m.peak_flux_err::double precision as peak_flux_err,
                1 / power(m.peak_flux_err::double precision, 2) as peak_weight,
                case when i.signed or i.stokes <> 'I' then abs(m.peak_flux) else m.peak_flux end as brightness,
                case
                    when i.signed or i.stokes <> 'I' then abs(coalesce(m.peak_flux_raw / m.local_rms, m.snr))
                    else coalesce(m.peak_flux_raw / m.local_rms, m.snr)
                end::real as snr,
                extract(epoch from i.taken_at - timestamptz '2000-01-01 00:00:00+00')::double precision / 86400 as taken
            from pg_temp.point as p
            inner join trap_data.measurement as m on m.dataset_id = v_dataset_id and p.measurement_id = m.measurement_id
            inner join trap_data.image as i on m.measurement_id >> 20 = i.image_id
            where m.usable
        ),

        summed as (
            select
                p.*,
                avg(p.int_flux) over curve as int_mean, sum(p.int_weight) over curve as int_sum,
                sum(p.int_weight * p.int_flux) over curve / sum(p.int_weight) over curve as int_weighted_mean,
                avg(p.peak_flux) over curve as peak_mean, sum(p.peak_weight) over curve as peak_sum,
                sum(p.peak_weight * p.peak_flux) over curve / sum(p.peak_weight) over curve as peak_weighted_mean,
                sum(p.peak_weight * p.taken) over curve / sum(p.peak_weight) over curve as time_mean
            from measured as p
            window
                curve as (
                    partition by p.source_id, p.band_id, p.stokes order by p.measurement_id
                    rows between unbounded preceding and unbounded following
                )
        ),

        recomputed as (
            select
                s.source_id, s.band_id, s.stokes,
                min(s.int_mean) as int_mean, sum(power(s.int_flux - s.int_mean, 2)) as int_m2,
                min(s.int_sum) as int_weight, min(s.int_weighted_mean) as int_weighted_mean,
                sum(s.int_weight * power(s.int_flux - s.int_weighted_mean, 2)) as int_weighted_m2,
                min(s.peak_mean) as peak_mean, sum(power(s.peak_flux - s.peak_mean, 2)) as peak_m2,
                min(s.peak_sum) as peak_weight, min(s.peak_weighted_mean) as peak_weighted_mean,
                sum(s.peak_weight * power(s.peak_flux - s.peak_weighted_mean, 2)) as peak_weighted_m2,
                max(s.snr) filter (where s.is_blind) as snr_max,
                sum(s.int_flux_err * s.int_flux_err) as int_variance_sum, sum(s.peak_flux_err * s.peak_flux_err) as peak_variance_sum,
                (array_agg(s.peak_flux order by s.brightness desc, s.measurement_id))[1] as peak_max,
                (array_agg(s.peak_flux_err order by s.brightness desc, s.measurement_id))[1] as peak_max_err,
                (array_agg(s.measurement_id order by s.brightness desc, s.measurement_id))[1] as max_measurement_id,
                min(s.time_mean) as time_mean, sum(s.peak_weight * power(s.taken - s.time_mean, 2)) as time_m2,
                sum(s.peak_weight * (s.taken - s.time_mean) * (s.peak_flux - s.peak_weighted_mean)) as time_peak
            from summed as s
            group by s.source_id, s.band_id, s.stokes
        )

        update trap_data.source_flux as f
        set
            int_mean = r.int_mean, int_m2 = r.int_m2, int_weight = r.int_weight, int_weighted_mean = r.int_weighted_mean,
            int_weighted_m2 = r.int_weighted_m2, peak_mean = r.peak_mean, peak_m2 = r.peak_m2, peak_weight = r.peak_weight,
            peak_weighted_mean = r.peak_weighted_mean, peak_weighted_m2 = r.peak_weighted_m2, snr_max = r.snr_max,
            int_variance_sum = r.int_variance_sum, peak_variance_sum = r.peak_variance_sum, peak_max = r.peak_max,
            peak_max_err = r.peak_max_err, max_measurement_id = r.max_measurement_id, time_mean = r.time_mean, time_m2 = r.time_m2,
            time_peak = r.time_peak
        from recomputed as r
        where f.dataset_id = v_dataset_id and f.source_id = r.source_id and f.band_id = r.band_id and f.stokes = r.stokes;

        with located as (
            select
                p.source_id, p.measurement_id,
                1 / power(m.ra_err::double precision, 2) as weight_l, 1 / power(m.dec_err::double precision, 2) as weight_m,
                cos(radians(m.dec)) * sin(radians(m.ra - s.reference_ra)) as l,
                sin(radians(m.dec - s.reference_dec))
                + 2 * cos(radians(m.dec)) * sin(radians(s.reference_dec)) * power(sin(radians(m.ra - s.reference_ra) / 2), 2) as m
            from pg_temp.point as p
            inner join trap_data.source as s on s.dataset_id = v_dataset_id and p.source_id = s.source_id
            inner join trap_data.measurement as m
                on m.dataset_id = v_dataset_id and p.measurement_id = m.measurement_id and m.kind = 'blind'
        )

        update trap_data.source as s
        set
            weight_l = r.weight_l, weighted_l = r.weighted_l, weight_m = r.weight_m, weighted_m = r.weighted_m,
            ra_err = 1 / sqrt(r.weight_l), dec_err = 1 / sqrt(r.weight_m)
        from (
            select
                o.source_id,
                sum(o.weight_l order by o.measurement_id) as weight_l, sum(o.weight_l * o.l order by o.measurement_id) as weighted_l,
                sum(o.weight_m order by o.measurement_id) as weight_m, sum(o.weight_m * o.m order by o.measurement_id) as weighted_m
            from located as o
            group by o.source_id
        ) as r
        where s.dataset_id = v_dataset_id and s.source_id = r.source_id;

        update trap_data.new_source as n
        set peak_flux = m.peak_flux, peak_flux_err = m.peak_flux_err
        from trap_data.measurement as m
        where n.dataset_id = v_dataset_id and m.dataset_id = v_dataset_id and n.source_id = m.measurement_id;
        update trap_data.new_source as n
        set before_weight = r.weight, before_flux = r.flux
        from (
            select p.source_id, sum(w.weight) as weight, sum(w.weight * m.peak_flux) / sum(w.weight) as flux
            from pg_temp.point as p
            inner join trap_data.measurement as m on m.dataset_id = v_dataset_id and p.measurement_id = m.measurement_id and m.usable
            inner join trap_data.image as i on m.measurement_id >> 20 = i.image_id
            inner join trap_data.image as founding on p.source_id >> 20 = founding.image_id
            cross join lateral (select 1 / power(m.peak_flux_err::double precision, 2) as weight) as w
            where
                p.backfilled and not p.inherited
                and founding.band_id = i.band_id and founding.stokes = i.stokes and founding.taken_at > i.taken_at
            group by p.source_id
        ) as r
        where n.dataset_id = v_dataset_id and n.source_id = r.source_id;

        update trap_data.dataset as d
        set position_err_max = r.err
        from (
            select max(greatest(m.ra_err, m.dec_err)) as err
            from trap_data.measurement as m
            where m.dataset_id = v_dataset_id and m.kind = 'blind' and m.usable
        ) as r
        where d.dataset_id = v_dataset_id and d.position_err_max < r.err;

        -- the checksum of what is published, as it is computed of the same rows from now on
        select p.citable_name, p.checksum into v_publication
        from trap_data.publication as p
        where p.dataset_id = v_dataset_id and p.withdrawn_at is null;
        if not found then
            continue;
        end if;
        v_digest := ''::bytea;
        for v_row in
            select
                record_send(row(
                    (i.image_id & 16777215)::integer, (i.band_id & 16777215)::integer, (i.sky_region_id & 16777215)::integer,
                    convert_to(i.status::text, 'UTF8'), convert_to(i.digest, 'UTF8'), i.taken_at, i.duration, i.freq_eff, i.bandwidth,
                    convert_to(i.stokes::text, 'UTF8'), convert_to(i.telescope, 'UTF8'), i.ra::double precision, i.dec::double precision,
                    i.beam_major, i.beam_minor, i.beam_pa, i.rms_median, i.rms_min, i.rms_max, i.detection_threshold, i.analysis_threshold
                ))
            from trap_data.image as i
            where i.dataset_id = v_dataset_id
            order by i.image_id
        loop
            v_digest := sha256(v_digest || v_row);
        end loop;
        for v_row in
            select
                record_send(row(
                    (m.measurement_id >> 20 & 16777215)::integer, (m.measurement_id & 1048575)::integer, convert_to(m.kind::text, 'UTF8'),
                    (m.forced_for >> 20 & 16777215)::integer, (m.forced_for & 1048575)::integer,
                    m.ra, m.dec, m.ra_err::double precision, m.dec_err::double precision,
                    m.ra_fit_err::double precision, m.dec_fit_err::double precision,
                    m.peak_flux::double precision, m.peak_flux_err::double precision, m.peak_flux_raw,
                    m.int_flux::double precision, m.int_flux_err::double precision, m.snr,
                    m.local_rms::double precision, m.background::double precision,
                    m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err,
                    m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
                    m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err,
                    m.chi2, m.x, m.y, coalesce(m.island, -1), m.flags::integer, m.usable, (m.group_id & 1048575)::integer, coalesce(m.siblings, 0)
                ))
            from trap_data.measurement as m
            where m.dataset_id = v_dataset_id
            order by m.measurement_id
        loop
            v_digest := sha256(v_digest || v_row);
        end loop;
        for v_row in
            select
                record_send(row(
                    (p.source_id >> 20 & 16777215)::integer, (p.source_id & 1048575)::integer,
                    (p.measurement_id >> 20 & 16777215)::integer, (p.measurement_id & 1048575)::integer,
                    convert_to(p.kind::text, 'UTF8'), p.inherited, p.backfilled, (p.known_image_id & 16777215)::integer,
                    p.de_ruiter_radius, p.separation_arcsec
                ))
            from pg_temp.point as p
            order by p.source_id, p.measurement_id
        loop
            v_digest := sha256(v_digest || v_row);
        end loop;
        if encode(v_digest, 'hex') <> v_publication.checksum then
            update trap_data.publication as p
            set checksum = encode(v_digest, 'hex'), former_checksum = p.checksum
            where p.citable_name = v_publication.citable_name;
        end if;
    end loop;
end;
$$;
