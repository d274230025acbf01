-- Two sources, each with a measurement of its own: of the candidate pairs, drops that of one with the other's measurement.
-- Where positions are less certain than the two are apart, both measurements are candidates of both, and the source that is left with
-- two would fork. Only established sources are known to be two, and nearer than half a beam nothing tells them apart.
-- reads: pg_temp.time_step, trap_data.source, trap_data.image
-- writes: pg_temp.candidate_pair, pg_temp.shared_pair, pg_temp.near_miss
create function trap.keep_neighbours_apart(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_image record;
begin
    perform from pg_temp.shared_pair;
    if not found then
        return;
    end if;
    select i.beam_major / 2 as nearest, t.first_image_id into v_image
    from trap_data.image as i
    cross join pg_temp.time_step as t
    -- as in set_blends_aside
    where i.image_id = p_image_id and i.pixel_scale_x <> 'NaN';
    if not found then
        return;
    end if;

    with ranked as (
        select
            p.measurement_id, p.source_id,
            first_value(p.source_id) over (partition by p.measurement_id order by p.de_ruiter_radius, p.source_id) as nearest_id,
            row_number() over (partition by p.source_id order by p.de_ruiter_radius, p.measurement_id) as measurement_rank
        from pg_temp.shared_pair as p
    ),

    others as (
        select r.measurement_id, r.source_id
        from ranked as r
        cross join lateral (
            select k.ra, k.dec
            from trap_data.source as k
            where
                k.dataset_id = v_dataset_id and k.source_id = r.source_id and k.established_image_id < v_image.first_image_id
            offset 0
        ) as one
        cross join lateral (
            select k.ra, k.dec
            from trap_data.source as k
            where
                k.dataset_id = v_dataset_id and k.source_id = r.nearest_id and k.established_image_id < v_image.first_image_id
            offset 0
        ) as other
        cross join lateral (select trap.angular_separation(one.ra, one.dec, other.ra, other.dec) as separation offset 0) as apart
        where
            r.source_id <> r.nearest_id and r.measurement_rank > 1
            and apart.separation >= v_image.nearest
    ),

    no_candidates as (
        delete from pg_temp.candidate_pair as p
        using others as o
        where p.measurement_id = o.measurement_id and p.source_id = o.source_id
        returning p.measurement_id, p.source_id
    ),

    not_shared as (
        delete from pg_temp.shared_pair as p
        using others as o
        where p.measurement_id = o.measurement_id and p.source_id = o.source_id
    )

    insert into pg_temp.near_miss (measurement_id, source_id)
    select d.measurement_id, d.source_id from no_candidates as d;
end;
$$;
comment on function trap.keep_neighbours_apart is
'Drops the candidate pairs of a source with a measurement that a close neighbour has for itself.';
