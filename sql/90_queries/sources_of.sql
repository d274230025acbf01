-- The running catalogue of one data set. The plan reads its partition only.
-- reads: trap.running_catalogue, trap.dataset
-- writes: nothing
create function trap.sources_of(p_dataset text) returns setof trap.running_catalogue
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
    where c.dataset_id = v_dataset_id
    order by c.ra, c.dec, c.source_id;
end;
$$;
comment on function trap.sources_of is 'The sources of a data set by right ascension; columns as in trap.running_catalogue.';
