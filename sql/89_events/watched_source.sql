-- Which sources fulfil which watches in a data set: of these sources or, without ids, of all. A definition is evaluated once, however many
-- watches have it, and where running sums do not decide it; where a source has to be is asked of those that fulfil it. With ids, what is
-- usual in the field has to be given if a definition asks for it.
-- reads: trap_data.watch, trap_data.dataset, trap_data.band, trap_data.source, trap.watch_hit, trap.definition_condition
-- writes: nothing
create function trap.watched_source(
    p_dataset_id integer, p_watch_ids integer[], p_source_ids bigint[] default null, p_usual jsonb default null,
    p_first_image_id bigint default null
)
returns table (watch_id integer, source_id bigint, band_id bigint, stokes text)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    v_name constant text := (select d.name from trap_data.dataset as d where d.dataset_id = p_dataset_id);
    v_definitions constant text[] := array(
        select distinct w.definition_name
        from trap_data.watch as w
        where w.watch_id = any(p_watch_ids) and w.definition_name in (select c.name from trap.definition_condition as c)
        order by w.definition_name
    );
    v_definition text;
    v_is_decided boolean;
    v_source_ids bigint[];
    v_band_ids bigint[];
    v_stokes text[];
    v_all_definitions text[] := '{}'::text[];
    v_all_source_ids bigint[] := '{}'::bigint[];
    v_all_band_ids bigint[] := '{}'::bigint[];
    v_all_stokes text[] := '{}'::text[];
begin
    for v_definition, v_is_decided, v_source_ids, v_band_ids, v_stokes in
        select d.name, false, null::bigint[], null::bigint[], null::text[] from unnest(v_definitions) as d (name) where p_source_ids is null
        union all
        select p.definition, p.is_decided, p.source_ids, p.band_ids, p.stokes
        from trap.promising_source(p_dataset_id, v_definitions, p_source_ids, p_usual, p_first_image_id) as p
        where p_source_ids is not null
    loop
        if not v_is_decided then
            select array_agg(t.source_id), array_agg(t.band_id), array_agg(t.stokes)
            into v_source_ids, v_band_ids, v_stokes
            from trap.transient_by_definition(v_definition, v_name, v_source_ids) as t;
            continue when v_source_ids is null;
        end if;
        v_all_definitions := v_all_definitions || array_fill(v_definition, array[cardinality(v_source_ids)]);
        v_all_source_ids := v_all_source_ids || v_source_ids;
        v_all_band_ids := v_all_band_ids || v_band_ids;
        v_all_stokes := v_all_stokes || v_stokes;
    end loop;
    if v_all_source_ids = '{}' then
        return;
    end if;
    return query
    select w.watch_id, f.source_id, f.band_id, f.stokes
    from trap_data.watch as w
    inner join unnest(v_all_definitions, v_all_source_ids, v_all_band_ids, v_all_stokes) as f (definition, source_id, band_id, stokes)
        on w.definition_name = f.definition
    where
        w.watch_id = any(p_watch_ids)
        and (
            w.freq_low is null
            or exists (
                select from trap_data.band as b
                where b.band_id = f.band_id and b.freq_central between w.freq_low and w.freq_high
            )
        )
        and (
            w.radius is null
            or exists (
                select from trap_data.source as s
                where
                    s.dataset_id = p_dataset_id and s.source_id = f.source_id
                    and trap.angular_separation(w.ra, w.dec, s.ra, s.dec) <= w.radius
            )
        )
        and (
            w.watch_list_name is null
            or f.source_id in (
                select h.source_id
                from trap.watch_hit as h
                where h.dataset_id = p_dataset_id and h.watch = w.watch_list_name and h.source_id = any(v_all_source_ids)
            )
        );
end;
$$;
comment on function trap.watched_source is
'Which sources of a data set fulfil which of these watches, in which band and Stokes parameter: of these sources or, without ids, of all. '
'p_first_image_id is the first image of the time step that brings them, NULL if none does.';
