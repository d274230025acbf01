-- The sources that a back-fill measures: all, with monitored positions, or only those that appeared where an earlier image
-- covered the place.
-- reads: trap_data.source, trap_data.new_source
-- writes: nothing
create function trap.backfill_source(p_dataset_id integer, p_new boolean) returns setof bigint
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    select s.source_id
    from trap_data.source as s
    where
        s.dataset_id = p_dataset_id
        and (not p_new or s.source_id in (select n.source_id from trap_data.new_source as n where n.dataset_id = p_dataset_id))
    order by s.source_id;
end;
$$;
comment on function trap.backfill_source is
'The sources of a data set, monitored positions too; if p_new, only those in trap.new_source.';
