-- Takes points that became known with an image or later out of the sums, positions and counts of these sources, while they are still rows,
-- as trap.subtract_fluxes does.
-- Returns the sources that are not what they were before, and have to be restored from the points that are left: of which a point goes that
-- was back-filled, which counts otherwise (trap_data.new_source), monitored positions, those of which less than a hundredth of a sum stays,
-- and those that were not found, or not measured by force, in the last time steps before, which alone are looked through. Whether points
-- are packed makes no difference.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.image
-- writes: trap_data.source
create function trap.subtract_positions(p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint) returns bigint[]
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    c_steps constant integer := 20;
    c_least constant double precision := double precision '0.01';
    v_since bigint;
    v_others bigint[];
begin
    select coalesce(trap.measurement_id(min(step.image_id), 0), 0) into v_since
    from (
        select min(i.image_id) as image_id
        from trap_data.image as i
        where i.dataset_id = p_dataset_id and i.status = 'accepted' and i.image_id < p_known_image_id
        group by i.taken_at
        order by i.taken_at desc
        limit c_steps
    ) as step;

    -- what is undone, and the last points before
    with point as materialized (
        select
            a.source_id, a.measurement_id, a.kind in ('null_detection', 'monitored') as is_forced, a.backfilled,
            a.known_image_id >= p_known_image_id as is_undone
        from trap_data.association as a
        where a.dataset_id = p_dataset_id and a.source_id = any(p_source_ids)
        union all
        select c.source_id, p.measurement_id, p.kind in ('null_detection', 'monitored'), p.backfilled, false
        from trap_data.curve_stretch as c
        cross join lateral trap.packed_point(c) as p
        where
            c.dataset_id = p_dataset_id and c.source_id = any(p_source_ids) and c.last_measurement_id >= v_since
            -- it has an index, and is at least the image of the last point
            and c.last_known_image_id >= trap.image_of(v_since)
    ),

    -- all points since the last ones that stay are among these
    last as (
        select
            p.source_id, p.blind_id, trap.image_of(p.blind_id) as blind_image_id,
            case when p.was_forced then trap.image_of(p.forced_id) end as forced_image_id
        from (
            select
                every.source_id,
                max(every.measurement_id) filter (where not every.is_forced and not every.is_undone) as blind_id,
                max(every.measurement_id) filter (
                    where every.is_forced and not every.backfilled and not every.is_undone
                ) as forced_id,
                bool_or(every.is_forced and every.is_undone) as was_forced
            from point as every
            group by every.source_id
            having not bool_or(every.backfilled and every.is_undone)
        ) as p
        where p.blind_id >= v_since and (p.forced_id >= v_since or not p.was_forced)
    ),

    stepped as (
        select
            l.source_id, l.blind_image_id, l.forced_image_id, seen.taken_at as last_seen,
            (count(distinct i.taken_at) filter (where i.taken_at > seen.taken_at))::integer as forced_steps
        from last as l
        inner join trap_data.image as seen on l.blind_image_id = seen.image_id
        left join point as p
            on l.source_id = p.source_id and p.is_forced and not p.backfilled and not p.is_undone and l.blind_id < p.measurement_id
        left join trap_data.image as i on trap.image_of(p.measurement_id) = i.image_id
        group by l.source_id, l.blind_image_id, l.forced_image_id, seen.taken_at
    ),

    less as (
        update trap_data.source as s
        set
            ra = mean.ra, dec = mean.dec, ra_err = 1 / sqrt(r.weight_l), dec_err = 1 / sqrt(r.weight_m),
            pos = spoint(radians(mean.ra), radians(mean.dec)),
            weight_l = r.weight_l, weighted_l = r.weighted_l, weight_m = r.weight_m, weighted_m = r.weighted_m,
            shape_weight = r.shape_weight, shape_ll = r.shape_ll, shape_lm = r.shape_lm, shape_mm = r.shape_mm,
            n_blind = s.n_blind - r.n_blind, n_forced = s.n_forced - r.n_forced, forced_steps = r.forced_steps,
            last_seen = r.last_seen, last_blind_image_id = r.blind_image_id,
            last_forced_image_id = coalesce(r.forced_image_id, s.last_forced_image_id)
        from (
            select
                t.*, u.n_blind, u.n_forced, old.reference_ra, old.reference_dec,
                old.weight_l - u.weight_l as weight_l, old.weighted_l - u.weighted_l as weighted_l,
                old.weight_m - u.weight_m as weight_m, old.weighted_m - u.weighted_m as weighted_m,
                old.shape_weight - u.shape_weight as shape_weight,
                -- a measurement without a shape changes nothing
                coalesce(trap.merged_mean(old.shape_weight, old.shape_ll, -gone.shape_weight, u.shape_ll), old.shape_ll) as shape_ll,
                coalesce(trap.merged_mean(old.shape_weight, old.shape_lm, -gone.shape_weight, u.shape_lm), old.shape_lm) as shape_lm,
                coalesce(trap.merged_mean(old.shape_weight, old.shape_mm, -gone.shape_weight, u.shape_mm), old.shape_mm) as shape_mm
            from trap.recomputed_source(p_dataset_id, p_source_ids, p_known_image_id) as u
            cross join lateral (select nullif(u.shape_weight, 0) as shape_weight) as gone
            inner join stepped as t on u.source_id = t.source_id
            inner join trap_data.source as old on old.dataset_id = p_dataset_id and u.source_id = old.source_id
            where
                not old.monitored
                -- here, before anything is divided by what is left
                and old.weight_l - u.weight_l > c_least * old.weight_l and old.weight_m - u.weight_m > c_least * old.weight_m
                and old.shape_weight - u.shape_weight >= c_least * old.shape_weight
            offset 0
        ) as r
        cross join lateral trap.sky_position(
            r.reference_ra, r.reference_dec, r.weighted_l / r.weight_l, r.weighted_m / r.weight_m
        ) as mean
        where s.dataset_id = p_dataset_id and s.source_id = r.source_id
        returning s.source_id
    )

    select array(select every.source_id from unnest(p_source_ids) as every (source_id) except select l.source_id from less as l)
    into v_others;
    return v_others;
end;
$$;
comment on function trap.subtract_positions is
'Takes points that became known with an image or later out of the sums, positions and counts of sources; returns those of which that has '
'to be done from the points that are left.';
