-- Which stamps the open time step is to have. Of a source that is new in it, or that was found in it, fulfils a definition and has
-- none: of its discovery, of its brightest point, and of the last image before the discovery that covers the place. Of a source that has
-- some and was found: of its brightest point, if that is brighter than those by three of its errors, so that a steady source
-- keeps its first ones. All are of the band and Stokes parameter of the discovery, about the founding position, and of one size.
-- Stamps of a rewound time step, or of the image of which one is a copy, are used again. Asked when the back-fill is done.
-- reads: pg_temp.seen, trap_data.dataset, trap_data.image, trap_data.image_correction, trap_data.measurement, trap_data.sky_region,
--   trap_data.source, trap_data.source_flux, trap_data.stamp
-- writes: pg_temp.wanted_stamp
create function trap.stamp_request()
returns table (
    number integer, image_id bigint, path text, digest text, ra double precision, "dec" double precision, size double precision,
    is_there boolean
)
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
-- a few sources, each by its keys: tables that were small when they were analysed are not any more
set enable_seqscan = off
as $$
declare
    v_step constant record := trap.require_time_step();
    v_left constant bigint := trap.stamp_bytes_left();
    v_size_beams double precision;
    v_first bigint[];
begin
    truncate pg_temp.wanted_stamp;
    if v_left <= 0 then
        return;
    end if;
    select (d.configuration #>> '{stamps,size_beams}')::double precision into v_size_beams
    from trap_data.dataset as d
    where d.dataset_id = v_step.dataset_id;
    v_first := trap.unstamped_source();

    -- in most time steps nothing is new and nothing brighter
    if cardinality(v_first) = 0 and not exists (
        select from trap_data.stamp as t
        where t.dataset_id = v_step.dataset_id and t.source_id in (select f.source_id from pg_temp.seen as f)
    )
    then
        return;
    end if;
    insert into pg_temp.wanted_stamp (number, source_id, image_id, ra, dec, size, peak_flux, fits)
    with stamped as materialized (
        select t.source_id, max(trap.brightness(trap.has_either_sign(i.stokes, i.signed), t.peak_flux)) as brightness
        from trap_data.stamp as t
        inner join trap_data.image as i on t.image_id = i.image_id
        inner join trap_data.image as k on t.known_image_id = k.image_id and k.status = 'accepted'
        where t.dataset_id = v_step.dataset_id and t.source_id in (select f.source_id from pg_temp.seen as f)
        group by t.source_id
    ),

    chosen as (
        select distinct c.source_id, null::double precision as stamped_brightness, true as is_first
        from unnest(v_first) as c (source_id)
        union all
        select p.source_id, p.brightness, false
        from stamped as p
        where p.source_id <> all(v_first)
    ),

    fact as (
        select
            c.source_id, c.is_first, s.reference_ra, s.reference_dec, d.image_id as discovery_id, d.band_id, d.stokes, d.taken_at,
            m.peak_flux as founding_peak, trap.brightness(f.either_sign, f.peak_max) / f.peak_max_err as snr, f.peak_max,
            trap.image_of(f.max_measurement_id) as brightest_id,
            trap.brightness(f.either_sign, f.peak_max) - 3 * f.peak_max_err
            > coalesce(c.stamped_brightness, trap.brightness(f.either_sign, m.peak_flux)) as is_brighter,
            least(180, d.beam_major * v_size_beams) as size
        from chosen as c
        inner join trap_data.image as d on d.image_id = trap.image_of(c.source_id)
        cross join lateral (
            select one.* from trap_data.source as one
            where one.dataset_id = v_step.dataset_id and one.source_id = c.source_id and not one.monitored offset 0
        ) as s
        cross join lateral (
            select one.* from trap_data.measurement as one
            where one.dataset_id = v_step.dataset_id and one.measurement_id = c.source_id offset 0
        ) as m
        cross join lateral (
            select one.* from trap_data.source_flux as one
            where one.dataset_id = v_step.dataset_id and one.source_id = c.source_id and one.band_id = d.band_id and one.stokes = d.stokes
            offset 0
        ) as f
    ),

    wanted as (
        select f.*, o.image_id, o.place, o.peak_flux
        from fact as f
        cross join lateral (
            select f.discovery_id as image_id, 1 as place, f.founding_peak as peak_flux
            where f.is_first
            union all
            select f.brightest_id, 2, f.peak_max
            where f.is_brighter and f.brightest_id > f.discovery_id
            union all
            (
                select i.image_id, 3, null
                from trap_data.image as i
                inner join trap_data.sky_region as r on r.dataset_id = v_step.dataset_id and i.sky_region_id = r.sky_region_id
                where
                    f.is_first and i.dataset_id = v_step.dataset_id and i.status = 'accepted'
                    and i.taken_at < f.taken_at and i.band_id = f.band_id and i.stokes = f.stokes
                    and trap.region_covers(r.ra, r.dec, r.radius, r.polygon, f.reference_ra, f.reference_dec)
                    and not trap.is_blank(r.ra, r.dec, r.blank_size, r.near_blank, f.reference_ra, f.reference_dec)
                order by i.taken_at desc, i.image_id desc
                limit 1
            )
        ) as o
    ),

    placed as (
        select
            row_number() over (order by w.snr desc, w.source_id, w.place)::integer as number,
            w.source_id, w.image_id, own.ra, own.dec, w.size, w.peak_flux, i.origin_image_id,
            -- noise is compressed to more than that, and what would not fit need not be cut
            sum(2 * (w.size / i.pixel_scale_x) * (w.size / i.pixel_scale_y)) over (order by w.snr desc, w.source_id, w.place)
            as least_bytes
        from wanted as w
        inner join trap_data.image as i on w.image_id = i.image_id
        cross join lateral trap.image_turn(w.image_id) as t
        cross join lateral trap.sky_position_turned(t.ra_0, t.dec_0, -t.east, -t.north, w.reference_ra, w.reference_dec) as own
        -- a source list without its image has no pixels
        where i.pixel_scale_x <> 'NaN'
    )

    select p.number, p.source_id, p.image_id, p.ra, p.dec, p.size, p.peak_flux, kept.fits
    from placed as p
    left join lateral (
        select k.fits
        from trap_data.stamp as k
        where
            k.image_id in (p.image_id, p.origin_image_id) and k.ra = p.ra and k.dec = p.dec and k.size = p.size
            and k.fits is not null
        limit 1
    ) as kept on true
    where p.least_bytes <= v_left;

    return query
    select w.number, w.image_id, i.path, i.digest, w.ra, w.dec, w.size, w.fits is not null
    from pg_temp.wanted_stamp as w
    inner join trap_data.image as i on w.image_id = i.image_id
    order by w.image_id, w.number;
end;
$$;
comment on function trap.stamp_request is
'Chooses the stamps that the open time step is to have: places of their middles by the file of the image, and sides [deg]. Those that '
'are not there have to be cut.';
