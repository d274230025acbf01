-- Sets aside points of a source beside which another one was founded: its points in the images before may be blends of both. They are
-- set aside in the images that are measured anew with the new source, so that both are measured jointly; so are the forced fits at
-- its other neighbours that were solved with it. Returns the sources that lack points now.
-- A branch of a fork is a source apart from then on if all that it inherited is measured anew; with an older history it has to be found
-- apart once more, since it may have been noise that split one source.
-- reads: trap_data.measurement, trap_data.image, trap_data.dataset, trap_data.curve_stretch, trap_data.source_ancestry
-- writes: trap_data.source, trap_data.association, trap_data.blended_point, trap_data.source_flux, trap_data.new_source
create function trap.part_blends(p_source_ids bigint[], p_last integer) returns setof bigint
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_step record;
    v_first_image_id bigint;
    v_last_image_id bigint;
    v_parted bigint[];
    v_heirs bigint[];
begin
    v_step := trap.require_time_step();
    v_first_image_id := trap.first_backfill_image(v_step.dataset_id, p_last);
    select trap.numbered_id(d.dataset_id, d.image_count) into v_last_image_id
    from trap_data.dataset as d
    where d.dataset_id = v_step.dataset_id;

    update trap_data.source as s
    set established_image_id = trap.image_of(s.source_id)
    from trap_data.image as first
    where
        s.dataset_id = v_step.dataset_id and s.source_id = any(p_source_ids) and s.established_image_id is null
        and first.image_id = v_first_image_id and s.first_seen >= first.taken_at;

    -- points that may be set aside have to be rows; the last images are packed on request only
    if exists (
        select from trap_data.curve_stretch as c
        where
            c.dataset_id = v_step.dataset_id and c.last_known_image_id >= v_first_image_id
            and c.last_measurement_id >= trap.measurement_id(v_first_image_id, 0)
    ) then
        perform trap.unpack_points(
            v_step.dataset_id,
            array(
                select s.source_id
                from trap_data.source as n
                inner join trap_data.image as i on trap.image_of(n.source_id) = i.image_id
                cross join lateral (
                    select near.source_id
                    from trap_data.source as near
                    where
                        near.dataset_id = v_step.dataset_id
                        -- neighbours, and those beside them
                        and near.pos <@ scircle(spoint(radians(n.ra), radians(n.dec)), radians(least(90, 6 * i.beam_major + 6.002 / 3600)))
                    offset 0
                ) as s
                where n.dataset_id = v_step.dataset_id and n.source_id = any(p_source_ids)
            ),
            v_first_image_id
        );
    end if;

    -- fenced: a table that was never analysed seems small enough to be paired with itself
    with founded as materialized (
        select n.source_id, own.ra, own.dec, i.image_id, i.beam_major
        from trap_data.source as n
        cross join lateral (
            select m.ra, m.dec, trap.image_of(m.measurement_id) as image_id
            from trap_data.measurement as m
            where m.dataset_id = v_step.dataset_id and m.measurement_id = n.source_id
            offset 0
        ) as own
        inner join trap_data.image as i on own.image_id = i.image_id
        where
            n.dataset_id = v_step.dataset_id and n.source_id = any(p_source_ids) and n.established_image_id is not null
            -- what has no pixels cannot be measured again
            and i.pixel_scale_x <> 'NaN'
    ),

    neighbour as (
        -- found apart in the image that founded the source, by where both were measured there
        select n.source_id, near.source_id as neighbour_id, n.beam_major
        from founded as n
        cross join lateral (
            select s.source_id
            from trap_data.source as s
            where
                s.dataset_id = v_step.dataset_id and s.source_id <> n.source_id
                -- the mean of blends lies between the two
                and s.pos <@ scircle(spoint(radians(n.ra), radians(n.dec)), radians(least(90, 3 * n.beam_major + 3.001 / 3600)))
                and s.established_image_id < v_step.first_image_id
            offset 0
        ) as near
        cross join lateral (
            select a.measurement_id
            from trap_data.association as a
            where
                a.dataset_id = v_step.dataset_id and a.source_id = near.source_id
                and trap.is_in_image(a.measurement_id, n.image_id)
            offset 0
        ) as point
        cross join lateral (
            select trap.angular_separation(n.ra, n.dec, m.ra, m.dec) as separation
            from trap_data.measurement as m
            where m.dataset_id = v_step.dataset_id and m.measurement_id = point.measurement_id and m.kind = 'blind'
            offset 0
        ) as apart
        where apart.separation >= n.beam_major / 2 and apart.separation < n.beam_major * 1.5
    ),

    blend as (
        select a.source_id, a.measurement_id, n.beam_major
        from neighbour as n
        cross join lateral (
            select p.source_id, p.measurement_id
            from trap_data.association as p
            where
                p.dataset_id = v_step.dataset_id and p.source_id = n.neighbour_id and p.measurement_id >= trap.measurement_id(v_first_image_id, 0)
            offset 0
        ) as a
        inner join trap_data.image as i on trap.image_of(a.measurement_id) = i.image_id and i.pixel_scale_x <> 'NaN'
        where
            not exists (
                select from trap_data.association as own
                where
                    own.dataset_id = v_step.dataset_id and own.source_id = n.source_id
                    and trap.is_in_image(own.measurement_id, i.image_id)
            )
    ),

    beside as (
        select p.source_id, p.measurement_id
        from blend as b
        inner join trap_data.source as s on s.dataset_id = v_step.dataset_id and b.source_id = s.source_id
        cross join lateral (
            select k.source_id
            from trap_data.source as k
            cross join lateral (select trap.angular_separation(s.ra, s.dec, k.ra, k.dec) as separation offset 0) as apart
            where
                k.dataset_id = v_step.dataset_id and not k.monitored and k.source_id <> s.source_id
                and k.pos <@ scircle(spoint(radians(s.ra), radians(s.dec)), radians(least(90, 1.5 * b.beam_major + 3.001 / 3600)))
                and apart.separation < b.beam_major * 1.5
            offset 0
        ) as near
        cross join lateral (
            select a.source_id, a.measurement_id
            from trap_data.association as a
            where
                a.dataset_id = v_step.dataset_id and a.source_id = near.source_id and a.kind = 'null_detection'
                and trap.is_in_image(a.measurement_id, trap.image_of(b.measurement_id))
            offset 0
        ) as p
    ),

    set_aside as (
        delete from trap_data.association as a
        using (
            select b.source_id, b.measurement_id from blend as b
            union
            select b.source_id, b.measurement_id from beside as b
        ) as b
        where a.dataset_id = v_step.dataset_id and a.source_id = b.source_id and a.measurement_id = b.measurement_id
        returning a.*
    ),

    kept as (
        insert into trap_data.blended_point (
            dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled,
            blended_image_id
        )
        select
            s.dataset_id, s.source_id, s.measurement_id, s.kind, s.de_ruiter_radius, s.separation_arcsec, s.known_image_id, s.backfilled,
            v_last_image_id
        from set_aside as s
        returning source_id
    )

    select coalesce(array_agg(distinct k.source_id), '{}') into v_parted
    from kept as k;
    if cardinality(v_parted) = 0 then
        return;
    end if;
    -- what was set aside is inherited no more
    select coalesce(array_agg(distinct y.source_id), '{}') into v_heirs
    from trap_data.source_ancestry as y
    where y.dataset_id = v_step.dataset_id and y.ancestor_id = any(v_parted);
    perform trap.restore_sources(v_step.dataset_id, v_parted || v_heirs);
    perform trap.match_sources(v_step.dataset_id, v_parted || v_heirs);
    return query select distinct every.source_id from unnest(v_parted || v_heirs) as every (source_id);
end;
$$;
comment on function trap.part_blends is
'Sets aside, in the images of the open time step and in the last so many before it, the points of sources that turned out '
'to be neighbours of these new ones; returns the sources that lack points now.';
