-- Which of these sources may fulfil which definitions, told as cheaply as each definition allows:
-- * one that asks for what the data set has not, has none;
-- * one that asks for what is known of a discovery is asked of those that are new;
-- * one that asks for polarisation alone is asked of all where there is an image of Q, U or V from p_first_image_id on. Where none is,
--   no source has another polarisation but those that are new, to which the back-fill gave earlier points: it is asked of these, and of
--   those that fulfil it already;
-- * one that asks for what few steady sources have is decided by the running sums, in one pass for all of them, in which most sources
--   are thrown away where they are read;
-- * all others are asked of all sources.
-- reads: trap.variability, trap.definition_condition, trap_data.new_source, trap_data.dataset_reference, trap_data.label,
--   trap_data.image_leakage, trap_data.classification, trap_data.image, trap_data.standing_event, trap_data.watch
-- writes: nothing
create function trap.promising_source(
    p_dataset_id integer, p_definitions text[], p_source_ids bigint[], p_usual jsonb, p_first_image_id bigint
)
returns table (definition text, is_decided boolean, source_ids bigint[], band_ids bigint[], stokes text[])
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- where most sources of a data set are in the image it is read as it lies
set enable_seqscan = on
as $$
#variable_conflict use_column
declare
    v_of_field constant text[] := array['eta_int_field_sigma', 'v_int_field_sigma'];
    v_of_sums constant text[] := array(
        select a.attname::text from pg_attribute as a where a.attrelid = 'trap.variability'::regclass and a.attnum > 0
    ) || v_of_field || 'other_band_significance'::text;
    v_of_new constant text[] := array(
        select a.attname::text from pg_attribute as a where a.attrelid = 'trap.new_source'::regclass and a.attnum > 0
    );
    v_absent text[] := '{}'::text[];
    v_names text[];
    v_columns text[];
    v_comparisons text[];
    v_values double precision[];
    v_new_names text[];
    v_polarised_names text[];
    v_polarised bigint[];
    v_telling_names text[];
    v_loosest jsonb;
    v_new bigint[];
begin
    if not exists (select from trap_data.dataset_reference as r where r.dataset_id = p_dataset_id) then
        v_absent := v_absent || '^reference_(?!count$)'::text;
    end if;
    if not exists (select from trap_data.label) then
        v_absent := v_absent || '^label_'::text;
    end if;
    if not exists (select from trap_data.image_leakage as k where trap.is_in_dataset(k.image_id, p_dataset_id)) then
        v_absent := v_absent || '^(circular|linear|polarisation)_'::text;
    end if;
    if not exists (select from trap_data.classification as c where c.dataset_id = p_dataset_id) then
        v_absent := v_absent || '^(probability_|class_novelty)'::text;
    end if;
    select
        array_agg(c.name), array_agg(c.column_name), array_agg(c.comparison), array_agg(c.value),
        array_agg(c.name) filter (where c.column_name = any(v_of_new)), array_agg(c.name) filter (where c.is_polarisation)
    into v_names, v_columns, v_comparisons, v_values, v_new_names, v_polarised_names
    from (
        select
            t.*, bool_or(t.column_name ~ any(v_absent)) over of_name as has_none,
            bool_and(t.column_name = 'monitored' or t.column_name ~ '^(circular|linear|polarisation)_') over of_name
            and bool_or(t.column_name <> 'monitored') over of_name as is_polarisation
        from trap.definition_condition as t
        where t.name = any(p_definitions)
        window of_name as (partition by t.name)
    ) as c
    where c.has_none is not true;

    if v_new_names is not null then
        v_new := array(
            select n.source_id
            from unnest(p_source_ids) as s (source_id)
            inner join trap_data.new_source as n on s.source_id = n.source_id
            where n.dataset_id = p_dataset_id
        );
    end if;
    v_polarised := case
        when p_first_image_id is null or exists (
            select from trap_data.image as i
            where
                i.image_id >= p_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id) and i.status = 'accepted'
                and i.stokes <> 'I'
        )
            then p_source_ids
        else array(
            select s.source_id
            from unnest(p_source_ids) as s (source_id)
            where trap.image_of(s.source_id) >= p_first_image_id
            union
            select e.source_id
            from trap_data.standing_event as e
            inner join trap_data.watch as w on e.watch_id = w.watch_id
            where
                e.dataset_id = p_dataset_id and e.is_open and e.source_id = any(p_source_ids)
                and w.definition_name = any(v_polarised_names)
        )
    end;
    -- of each definition the condition that tells most, and of those on a column the loosest
    select array_agg(b.name), jsonb_object_agg(b.column_name, b.loosest)
    into v_telling_names, v_loosest
    from (
        select
            t.name, t.column_name,
            case t.column_name when 'trend_significance' then max(t.value) over of_column else min(t.value) over of_column end as loosest
        from (
            select distinct on (c.name) c.name, c.column_name, c.value
            from unnest(v_names, v_columns, v_comparisons, v_values) as c (name, column_name, comparison, value)
            inner join (
                values
                (1, 'monitored', array['='], 1, 1), (2, 'max_significance', array['>', '>='], 1, 3),
                (3, 'eta_int_significance', array['>', '>='], 1, 3), (4, 'eta_peak_significance', array['>', '>='], 1, 3),
                (5, 'trend_significance', array['<', '<='], -1, 3)
            ) as k (place, column_name, comparisons, side, least)
                on c.column_name = k.column_name and c.comparison = any(k.comparisons) and k.side * c.value >= k.least
            where c.name = any(v_new_names) is not true
            order by c.name, k.place
        ) as t
        window of_column as (partition by t.column_name)
    ) as b;

    return query
    select distinct c.name, false, k.source_ids, null::bigint[], null::text[]
    from unnest(v_names) as c (name)
    cross join lateral (
        select
            case
                when c.name = any(v_new_names) then v_new
                when c.name = any(v_polarised_names) then v_polarised
                else p_source_ids
            end as source_ids
    ) as k
    where c.name = any(v_telling_names) is not true and k.source_ids <> '{}';
    if v_telling_names is null then
        return;
    end if;
    return query
    with unsteady as materialized (
        select v.*
        from unnest(p_source_ids) as s (source_id)
        inner join trap.variability as v on s.source_id = v.source_id
        where
            v.dataset_id = p_dataset_id
            and (
                v.monitored and v_loosest ? 'monitored'
                or v.max_significance >= (v_loosest ->> 'max_significance')::double precision
                or v.eta_int_significance >= (v_loosest ->> 'eta_int_significance')::double precision
                or v.eta_peak_significance >= (v_loosest ->> 'eta_peak_significance')::double precision
                or v.trend_significance <= (v_loosest ->> 'trend_significance')::double precision
            )
    ),

    known as materialized (
        select
            u.source_id, u.band_id, u.stokes,
            to_jsonb(u) || jsonb_build_object(
                'monitored', u.monitored::integer, 'snr_max', u.snr_max::double precision,
                'eta_int_field_sigma', f.eta_int_field_sigma, 'v_int_field_sigma', f.v_int_field_sigma,
                'other_band_significance', (
                    select max(o.eta_int_significance)
                    from trap.variability as o
                    where o.dataset_id = p_dataset_id and o.source_id = u.source_id and (o.band_id, o.stokes) <> (u.band_id, u.stokes)
                )
            ) as figures
        from unsteady as u
        left join trap.field_figures(
            p_dataset_id, (select array_agg(distinct w.source_id) from unsteady as w where v_columns && v_of_field), p_usual
        ) as f
            on u.source_id = f.source_id and u.band_id = f.band_id and u.stokes = f.stokes
    ),

    fulfils as (
        select c.name, k.source_id, k.band_id, k.stokes, bool_and(c.column_name = any(v_of_sums)) as is_decided
        from known as k
        cross join unnest(v_names, v_columns, v_comparisons, v_values) as c (name, column_name, comparison, value)
        cross join lateral (select (k.figures ->> c.column_name)::double precision as figure) as p
        where c.name = any(v_telling_names)
        group by c.name, k.source_id, k.band_id, k.stokes
        having
            bool_and(
                case
                    when c.column_name <> all(v_of_sums) then true
                    when c.comparison = '>=' then p.figure >= c.value
                    when c.comparison = '>' then p.figure > c.value
                    when c.comparison = '<=' then p.figure <= c.value
                    when c.comparison = '<' then p.figure < c.value
                    else p.figure = c.value
                end is true
            )
    )

    select f.name, f.is_decided, array_agg(f.source_id), array_agg(f.band_id), array_agg(f.stokes)
    from fulfils as f
    group by f.name, f.is_decided;
end;
$$;
comment on function trap.promising_source is
'Which of these sources of a data set may fulfil which of these definitions; no other does. Where that is decided, these do, in this band '
'and Stokes parameter; else not each of them has to. p_first_image_id is the first image of the time step that brings them, NULL if none does.';
