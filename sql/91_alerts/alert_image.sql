-- The accepted images that cover where the event of an alert was, in a time about it: those before, during and after. Of an error region
-- each covers a share, to a thousandth of its area; of a sky map, of its probability.
-- reads: trap_data.image, trap_data.sky_region, trap_data.dataset
-- writes: nothing
create function trap.alert_image(
    p_alert_id bigint, p_dataset text default null, p_before interval default null, p_after interval default null,
    p_radius double precision default null
) returns table (
    dataset text, dataset_id integer, image_id bigint, path text, taken_at timestamptz, freq_eff double precision, band_id bigint,
    stokes text, rms_min double precision, delay double precision, phase text, covered double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_region record;
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
    v_since timestamptz;
    v_until timestamptz;
    v_image_ids bigint[];
    v_covered double precision[];
begin
    select * into v_region from trap.alert_region(p_alert_id, p_radius);
    if v_region.event_at is null and num_nonnulls(p_before, p_after) > 0 then
        raise exception 'alert % does not say when its event was: no time about it can be asked for', p_alert_id using errcode = 'TR004';
    end if;
    v_since := v_region.event_at - p_before;
    v_until := v_region.event_at + p_after;
    if v_region.skymap is not null then
        select array_agg(m.image_id), array_agg(m.probability) into v_image_ids, v_covered
        from trap.skymap_image(v_region.skymap, p_dataset) as m
        where (v_since is null or m.taken_at >= v_since) and (v_until is null or m.taken_at <= v_until);
    else
        with place as materialized (
            -- points of a sunflower: each has the same share of the area
            select p.ra, p.dec
            from generate_series(1, case when v_region.error_major > 0 then 1000 else 1 end) as k (number)
            cross join lateral (
                select
                    v_region.error_major * sqrt((k.number - 0.5) / 1000) as along, k.number * pi() * (3 - sqrt(5)) as turn
            ) as disc
            cross join lateral (
                select
                    disc.along * cos(disc.turn) as u,
                    disc.along * sin(disc.turn) * coalesce(v_region.error_minor / nullif(v_region.error_major, 0), 1) as v,
                    radians(coalesce(v_region.error_pa, 0)) as pa
            ) as ellipse
            cross join lateral trap.sky_position_along(
                v_region.ra, v_region.dec,
                ellipse.u * sin(ellipse.pa) + ellipse.v * cos(ellipse.pa), ellipse.u * cos(ellipse.pa) - ellipse.v * sin(ellipse.pa)
            ) as p
        ),

        region as materialized (
            select
                r.dataset_id, r.sky_region_id,
                (
                    select
                        count(*) filter (
                            where trap.region_covers(r.ra, r.dec, r.radius, r.polygon, p.ra, p.dec)
                            and not trap.is_blank(r.ra, r.dec, r.blank_size, r.blank, p.ra, p.dec)
                        )::double precision / count(*)
                    from place as p
                ) as covered
            from trap_data.sky_region as r
            where (v_dataset_id is null or r.dataset_id = v_dataset_id) and r.circle && v_region.circle
        )

        select array_agg(i.image_id), array_agg(r.covered) into v_image_ids, v_covered
        from region as r
        inner join trap_data.image as i on r.dataset_id = i.dataset_id and r.sky_region_id = i.sky_region_id
        where
            r.covered > 0 and i.status = 'accepted'
            and (v_since is null or i.taken_at >= v_since) and (v_until is null or i.taken_at <= v_until);
    end if;
    return query
    select
        d.name, i.dataset_id, i.image_id, i.path, i.taken_at, i.freq_eff, i.band_id, i.stokes::text, i.rms_min,
        at.delay,
        case when at.delay > 0 then 'after' when at.delay + coalesce(i.duration, 0) > 0 then 'during' when at.delay is not null then 'before' end,
        m.covered
    from unnest(v_image_ids, v_covered) as m (image_id, covered)
    inner join trap_data.image as i on m.image_id = i.image_id
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    cross join lateral (select extract(epoch from i.taken_at - v_region.event_at)::double precision as delay) as at
    order by i.taken_at, i.image_id;
end;
$$;
comment on function trap.alert_image is
'The accepted images that cover where the event of an alert was, of one data set or of all, from a time before the event to one after it '
'(NULL: ever): frequency in Hz, noise in Jy/beam, delay from the event to the beginning of the image [s]; phase is before, during or after; '
'covered, the share of the area of its error region, or of the probability of its sky map [1].';
