-- In-image association: measurements of one image that share an island or lie within a beam of each other form a group.
-- Neighbours are found on a grid of cells in direction cosines about the image's centre: a projection never lengthens a distance, so of
-- two measurements within a beam of each other, the first lies in a cell that the second is within a beam of.
-- reads: trap_data.measurement, trap_data.image, pg_temp.detection
-- writes: trap_data.measurement, pg_temp.sibling_pair
create function trap.group_detections(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_beam double precision;
    v_near double precision;
    v_cell double precision;
begin
    select i.beam_major into v_beam from trap_data.image as i where i.image_id = p_image_id;

    v_near := 1e-9 + radians(v_beam);
    v_cell := 8 * v_near;
    -- each measurement of an island with the island's first one; each two that are close
    truncate pg_temp.sibling_pair;
    with near as materialized (
        select
            d.measurement_id, d.ra, d.dec, d.l, d.m,
            floor((d.l - v_near) / v_cell)::bigint as low_l, floor((d.l + v_near) / v_cell)::bigint as high_l,
            floor((d.m - v_near) / v_cell)::bigint as low_m, floor((d.m + v_near) / v_cell)::bigint as high_m
        from pg_temp.detection as d
    )

    insert into pg_temp.sibling_pair (measurement_id, sibling_id)
    select x.measurement_id, x.first_id
    from (
        select d.measurement_id, min(d.measurement_id) over (partition by d.island) as first_id
        from pg_temp.detection as d
        where d.island >= 0
    ) as x
    where x.first_id < x.measurement_id
    union
    select b.measurement_id, a.measurement_id
    from (
        select d.*, trap.cell_key(floor(d.l / v_cell)::bigint, floor(d.m / v_cell)::bigint) as cell
        from pg_temp.detection as d
        offset 0
    ) as a
    inner join (
        -- each in each cell that it is near: one, two or four
        select d.measurement_id, d.ra, d.dec, d.l, d.m, trap.cell_key(d.low_l, d.low_m) as cell from near as d
        union all
        select d.measurement_id, d.ra, d.dec, d.l, d.m, trap.cell_key(d.high_l, d.low_m) from near as d where d.low_l < d.high_l
        union all
        select d.measurement_id, d.ra, d.dec, d.l, d.m, trap.cell_key(d.low_l, d.high_m) from near as d where d.low_m < d.high_m
        union all
        select d.measurement_id, d.ra, d.dec, d.l, d.m, trap.cell_key(d.high_l, d.high_m)
        from near as d
        where d.low_l < d.high_l and d.low_m < d.high_m
    ) as b on a.cell = b.cell
    where
        a.measurement_id < b.measurement_id
        and abs(a.l - b.l) < v_near and abs(a.m - b.m) < v_near
        and trap.angular_separation(a.ra, a.dec, b.ra, b.dec) < v_beam;
    if not found then
        return;
    end if;

    -- the lowest id spreads along the pairs until nothing changes
    update pg_temp.detection as d set group_id = d.measurement_id
    where d.measurement_id in (
        select p.measurement_id from pg_temp.sibling_pair as p
        union all
        select p.sibling_id from pg_temp.sibling_pair as p
    );
    loop
        update pg_temp.detection as d
        set group_id = lowest.group_id
        from (
            select link.measurement_id, min(other.group_id) as group_id
            from (
                select p.measurement_id, p.sibling_id from pg_temp.sibling_pair as p
                union all
                select p.sibling_id, p.measurement_id from pg_temp.sibling_pair as p
            ) as link
            inner join pg_temp.detection as other on link.sibling_id = other.measurement_id
            group by link.measurement_id
        ) as lowest
        where d.measurement_id = lowest.measurement_id and lowest.group_id < d.group_id;
        exit when not found;
    end loop;

    update trap_data.measurement as m
    set group_id = member.group_id, siblings = member.siblings
    from (
        select d.measurement_id, d.group_id, (count(*) over (partition by d.group_id) - 1)::integer as siblings
        from pg_temp.detection as d
        where d.group_id is not null
    ) as member
    where
        m.dataset_id = v_dataset_id and m.measurement_id = member.measurement_id
        -- else the hash join would read the whole data set
        and trap.is_in_image(m.measurement_id, p_image_id);
end;
$$;
comment on function trap.group_detections is
'Marks the groups of blind measurements of an image that share an island or lie within a beam of each other.';
