-- Makes rows again of points that were packed: of these sources, or of all (NULL), whole stretches of which a point became known with an
-- image or later, all or those of fewer points than this. Who wants to delete such points does this first.
-- reads: nothing
-- writes: trap_data.curve_stretch, trap_data.association
create function trap.unpack_points(
    p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint, p_shorter_than integer default null
) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_stretches bigint;
    v_expected bigint;
    v_points bigint;
begin
    perform trap.lock_curves(p_dataset_id);
    with gone as (
        delete from trap_data.curve_stretch as c
        where
            c.dataset_id = p_dataset_id and c.last_known_image_id >= p_known_image_id
            and (p_source_ids is null or c.source_id = any(p_source_ids))
            and (p_shorter_than is null or cardinality(c.measurement_ids) < p_shorter_than)
        returning c
    ),

    back as (
        insert into trap_data.association (
            dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled
        )
        select
            p_dataset_id, (g.c).source_id, p.measurement_id, p.kind, p.de_ruiter_radius, p.separation_arcsec, p.known_image_id, p.backfilled
        from gone as g
        cross join lateral trap.packed_point(g.c) as p
        returning 1
    )

    select
        (select count(*) from gone), (select sum(cardinality((g.c).measurement_ids)) from gone as g), (select count(*) from back)
    into v_stretches, v_expected, v_points;
    if v_points <> coalesce(v_expected, 0) then
        raise exception 'of % points of data set % in stretches, % would become rows', v_expected, p_dataset_id, v_points;
    end if;
    return v_stretches;
end;
$$;
comment on function trap.unpack_points is
'Makes rows again of packed points: stretches of these sources, or all, of which a point became known with an image or later; returns how many stretches.';
