-- Which images lack points of these sources: accepted ones, latest first, whose footprint covers a place where a source has no
-- point of its own and has inherited none, and is not known to have no pixels. A fit that failed is a point, too.
-- A monitored position is missed where it was active.
-- The images may be limited to those of the open time step and the last few before it.
-- reads: trap.curve_point, trap_data.source, trap_data.monitor_position, trap_data.image, trap_data.sky_region,
--   trap_data.blank_place
-- writes: nothing
create function trap.backfill_image(p_dataset_id integer, p_source_ids bigint[], p_last integer default null)
returns table (image_id bigint, path text, digest text, taken_at timestamptz, freq_eff double precision, stokes text)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_first_image_id bigint := trap.numbered_id(p_dataset_id, 0);
begin
    if p_last is not null then
        v_first_image_id := trap.first_backfill_image(p_dataset_id, p_last);
    end if;

    return query
    with candidate as materialized (
        select i.*, i.beam_major / 2 as edge
        from trap_data.image as i
        where
            i.image_id >= v_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id)
            and i.status = 'accepted'
            -- a source list without its image has no pixels
            and i.pixel_scale_x <> 'NaN'
    ),

    -- images of one footprint and beam cover the same sources
    covered as materialized (
        select f.sky_region_id, f.edge, s.source_id, s.ra, s.dec
        from (select distinct c.sky_region_id, c.edge from candidate as c) as f
        inner join trap_data.sky_region as r on r.dataset_id = p_dataset_id and f.sky_region_id = r.sky_region_id
        cross join trap_data.source as s
        where
            s.dataset_id = p_dataset_id and s.source_id = any(p_source_ids) and not s.monitored
            and trap.region_reaches(r.ra, r.dec, r.radius, r.polygon, f.edge, s.ra, s.dec)
    ),

    expected as (
        select c.image_id, v.source_id, v.ra, v.dec, c.edge
        from candidate as c
        inner join covered as v on c.sky_region_id = v.sky_region_id and c.edge = v.edge
        union all
        select c.image_id, a.source_id, a.ra, a.dec, c.edge
        from candidate as c
        inner join trap_data.sky_region as r on r.dataset_id = p_dataset_id and c.sky_region_id = r.sky_region_id
        cross join lateral trap.apparent_position(p_dataset_id, c.taken_at) as a
        where
            a.source_id = any(p_source_ids) and a.active
            and trap.region_reaches(r.ra, r.dec, r.radius, r.polygon, c.edge, a.ra, a.dec)
    ),

    point as (
        select trap.image_of(p.measurement_id) as image_id, p.source_id
        from trap.curve_point as p
        where p.dataset_id = p_dataset_id and p.source_id = any(p_source_ids) and p.measurement_id >= trap.measurement_id(v_first_image_id, 0)
    ),

    blank as (
        select e.image_id, e.source_id
        from expected as e
        inner join trap_data.blank_place as b on e.image_id = b.image_id and e.source_id = b.source_id
        -- a position may have moved since
        where trap.angular_separation(e.ra, e.dec, b.ra, b.dec) < e.edge / 5
    ),

    -- a difference of sets, since points that were never counted are taken for few, and a join would go over them for each source
    lacking as materialized (
        select distinct k.image_id
        from (
            select e.image_id, e.source_id from expected as e
            except
            (select p.image_id, p.source_id from point as p union all select b.image_id, b.source_id from blank as b)
        ) as k
    )

    select c.image_id, c.path, c.digest, c.taken_at, c.freq_eff, c.stokes::text
    from candidate as c
    inner join lacking as k on c.image_id = k.image_id
    order by c.taken_at desc, c.image_id desc;
end;
$$;
comment on function trap.backfill_image is
'The accepted images of a data set in which one of these sources lacks a point though the footprint covers it, latest first; with '
'p_last only those of the open time step and of the last so many images before it. Frequencies in Hz.';
