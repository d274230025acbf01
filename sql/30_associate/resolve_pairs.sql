-- Which candidate pairs hold.
-- Pruning: where several measurements and several sources are entangled, each measurement keeps its nearest source only.
-- A source that is then left with several measurements forks: its nearest measurement stays with it, each other one founds a
-- branch. Exact ties go to the lower source id, then to the lower measurement id.
-- reads: pg_temp.candidate_pair
-- writes: pg_temp.resolved_pair
create function trap.resolve_pairs() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
as $$
begin
    truncate pg_temp.resolved_pair;
    with shared_measurement as (
        select p.measurement_id from pg_temp.candidate_pair as p group by p.measurement_id having count(*) > 1
    ),

    shared_source as (
        select p.source_id from pg_temp.candidate_pair as p group by p.source_id having count(*) > 1
    ),

    -- nearly all pairs are alone with their measurement and their source: these need no ranking
    counted as (
        select
            p.*,
            m.measurement_id is not null as measurement_is_shared,
            s.source_id is not null as source_is_shared
        from pg_temp.candidate_pair as p
        left join shared_measurement as m on p.measurement_id = m.measurement_id
        left join shared_source as s on p.source_id = s.source_id
    ),

    ranked as (
        select
            c.*,
            c.measurement_is_shared and c.source_is_shared as is_entangled,
            row_number() over (
                partition by c.measurement_id, c.source_is_shared order by c.de_ruiter_radius, c.source_id
            ) as source_rank
        from counted as c
        where c.measurement_is_shared or c.source_is_shared
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

    insert into pg_temp.resolved_pair (measurement_id, source_id, parent_id, kind, de_ruiter_radius, separation)
    select
        k.measurement_id,
        case when k.measurement_rank = 1 then k.source_id else k.measurement_id end,
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
    select c.measurement_id, c.source_id, null::bigint, 'one_to_one', c.de_ruiter_radius, c.separation
    from counted as c
    where not c.measurement_is_shared and not c.source_is_shared;
end;
$$;
comment on function trap.resolve_pairs is 'Prunes entangled pairs and returns the kind of each remaining pair.';
