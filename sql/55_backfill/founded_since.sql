-- The sources that were founded in an image or later: after a time step, those whose places earlier images may show.
-- reads: trap_data.source
-- writes: nothing
create function trap.founded_since(p_dataset_id integer, p_image_id bigint) returns setof bigint
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    select s.source_id
    from trap_data.source as s
    where s.dataset_id = p_dataset_id and s.source_id >= trap.measurement_id(p_image_id, 0) and not s.monitored
    order by s.source_id;
end;
$$;
comment on function trap.founded_since is 'The sources of a data set that were founded in an image or later.';
