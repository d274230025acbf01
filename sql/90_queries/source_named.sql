-- The sources of a data set by name; a name is a position to a tenth of a second, which two sources may share.
-- reads: trap.running_catalogue, trap.dataset
-- writes: nothing
create function trap.source_named(p_dataset text, p_name text) returns setof trap.running_catalogue
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select c.*
    from trap.running_catalogue as c
    where c.dataset_id = v_dataset_id and c.name = p_name
    order by c.source_id;
end;
$$;
comment on function trap.source_named is 'The sources of a data set that have this name; columns as in trap.running_catalogue.';
