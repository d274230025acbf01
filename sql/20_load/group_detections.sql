-- In-image association: measurements of one image that share an island or lie within a beam of each other form a group.
-- Neighbours are found on a grid of cells one beam wide, in direction cosines about the image's centre: a projection never
-- lengthens a distance, so two measurements within a beam of each other lie in the same or in adjacent cells.
-- reads: trap_data.measurement, trap_data.image, pg_temp.detection
-- writes: trap_data.measurement, pg_temp.sibling_pair
create function trap.group_detections(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_beam double precision;
begin
    select i.beam_major into v_beam from trap_data.image as i where i.image_id = p_image_id;

    -- each measurement of an island with the island's first one; each two in the same or in adjacent cells if they are close
    truncate pg_temp.sibling_pair;
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
    from pg_temp.detection as a
    -- half of the adjacent cells: the other half sees the pair from its other side
    cross join (values (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)) as step (l, m)
    inner join pg_temp.detection as b on b.cell_l = a.cell_l + step.l and b.cell_m = a.cell_m + step.m
    where
        (a.measurement_id < b.measurement_id or (step.l, step.m) <> (0, 0))
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
