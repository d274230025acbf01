-- Which of these sources may fulfil which definitions: in one pass over them, by the conditions that are told by their sums alone. Most
-- sources are steady, so that few are left of which to ask everything that a definition asks.
-- A definition that asks for what no source of the data set has, or of these sources, has none.
-- reads: trap.variability, trap.definition_condition, trap_data.new_source, trap_data.dataset_reference, trap_data.label
-- writes: nothing
create function trap.promising_source(p_dataset_id integer, p_definitions text[], p_source_ids bigint[])
returns table (definition text, source_ids bigint[])
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_of_new constant text[] := array(
        select a.attname::text from pg_attribute as a where a.attrelid = 'trap.new_source'::regclass and a.attnum > 0
    );
    v_new bigint[];
begin
    if exists (
        select from trap.definition_condition as c where c.name = any(p_definitions) and c.column_name = any(v_of_new)
    )
    then
        v_new := array(
            select n.source_id
            from trap_data.new_source as n
            where n.dataset_id = p_dataset_id and n.source_id = any(p_source_ids)
        );
    end if;
    return query
    with bound as materialized (
        select
            c.name, coalesce(bool_or(c.column_name = any(v_of_new)), false) as is_new,
            max(c.low) filter (where c.column_name = 'max_significance') as max_low,
            max(c.low) filter (where c.column_name = 'eta_int_significance') as eta_int_low,
            max(c.low) filter (where c.column_name = 'eta_peak_significance') as eta_peak_low,
            min(c.high) filter (where c.column_name = 'trend_significance') as trend_high,
            max(c.low) filter (where c.column_name = 'snr_max') as snr_low,
            max(c.low) filter (where c.column_name = 'v_int') as v_int_low,
            max(c.low) filter (where c.column_name = 'int_flux_mean') as int_flux_low,
            max(c.low) filter (where c.column_name = 'peak_flux_max') as peak_flux_low,
            max(c.low) filter (where c.column_name = 'monitored') as monitored_low,
            min(c.high) filter (where c.column_name = 'n_blind') as n_blind_high
        from (
            select
                t.name, t.column_name, case when t.comparison in ('>=', '>', '=') then t.value end as low,
                case when t.comparison in ('<=', '<', '=') then t.value end as high
            from trap.definition_condition as t
            where t.name = any(p_definitions)
        ) as c
        group by c.name
        having
            (
                not bool_or(c.column_name like 'reference\_%' and c.column_name <> 'reference_count')
                or exists (select from trap_data.dataset_reference as r where r.dataset_id = p_dataset_id)
            )
            and (not bool_or(c.column_name like 'label\_%') or exists (select from trap_data.label))
    ),

    -- makes columns of what the view computes
    point as materialized (
        select
            v.source_id, v.max_significance, v.eta_int_significance, v.eta_peak_significance, v.trend_significance, v.snr_max, v.v_int,
            v.int_flux_mean, v.peak_flux_max, v.monitored::integer as monitored, v.n_blind
        from trap.variability as v
        where v.dataset_id = p_dataset_id and v.source_id = any(p_source_ids)
    )

    select b.name, array_agg(distinct p.source_id)
    from bound as b
    inner join point as p
        on (b.max_low is null or p.max_significance >= b.max_low)
        and (b.eta_int_low is null or p.eta_int_significance >= b.eta_int_low)
        and (b.eta_peak_low is null or p.eta_peak_significance >= b.eta_peak_low)
        and (b.trend_high is null or p.trend_significance <= b.trend_high)
        and (b.monitored_low is null or p.monitored >= b.monitored_low)
        and (not b.is_new or p.source_id = any(v_new))
        and (b.snr_low is null or p.snr_max >= b.snr_low)
        and (b.v_int_low is null or p.v_int >= b.v_int_low)
        and (b.int_flux_low is null or p.int_flux_mean >= b.int_flux_low)
        and (b.peak_flux_low is null or p.peak_flux_max >= b.peak_flux_low)
        and (b.n_blind_high is null or p.n_blind <= b.n_blind_high)
    group by b.name
    order by b.name;
end;
$$;
comment on function trap.promising_source is
'Which of these sources of a data set may fulfil which of these definitions; no other does, but not each of them has to.';
