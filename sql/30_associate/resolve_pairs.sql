-- Which candidate pairs hold.
-- Pruning: where several measurements and several sources are entangled, each measurement keeps its nearest source only.
-- A source that is then left with several measurements forks: its nearest measurement stays with it, each other one founds a
-- branch. Exact ties go to the lower source id, then to the lower measurement id.
-- reads: pg_temp.candidate_pair, pg_temp.shared_pair
-- writes: pg_temp.resolved_pair
create function trap.resolve_pairs() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
as $$
begin
    truncate pg_temp.resolved_pair;
    with counted as (
        select
            p.*,
            count(*) over (partition by p.measurement_id) > 1 as measurement_is_shared,
            count(*) over (partition by p.source_id) > 1 as source_is_shared
        from pg_temp.shared_pair as p
    ),

    ranked as (
        select
            c.*,
            c.measurement_is_shared and c.source_is_shared as is_entangled,
            row_number() over (
                partition by c.measurement_id, c.source_is_shared order by c.de_ruiter_radius, c.source_id
            ) as source_rank
        from counted as c
    ),

    kept as (
        select
            r.*,
            count(*) over (partition by r.measurement_id) as source_count,
            count(*) over (partition by r.source_id) as measurement_count,
            row_number() over (
                partition by r.source_id order by r.de_ruiter_radius, r.measurement_id
            ) as measurement_rank
        from ranked as r
        where not r.is_entangled or r.source_rank = 1
    )

    insert into pg_temp.resolved_pair (measurement_id, source_id, stored_at, parent_id, kind, de_ruiter_radius, separation)
    select
        k.measurement_id,
        case when k.measurement_rank = 1 then k.source_id else k.measurement_id end,
        case when k.measurement_rank = 1 then k.stored_at end,
        case when k.measurement_rank > 1 then k.source_id end,
        case
            when k.measurement_count > 1 then 'fork'
            when k.source_count > 1 then 'many_to_one'
            else 'one_to_one'
        end::trap_data.association_kind,
        k.de_ruiter_radius,
        k.separation
    from kept as k
    union all
    select c.measurement_id, c.source_id, c.stored_at, null::bigint, 'one_to_one', c.de_ruiter_radius, c.separation
    from pg_temp.candidate_pair as c
    -- nearly all pairs are alone with their measurement and their source: these need no ranking
    where c.measurement_id not in (select p.measurement_id from pg_temp.shared_pair as p);
end;
$$;
comment on function trap.resolve_pairs is 'Prunes entangled pairs and returns the kind of each remaining pair.';
