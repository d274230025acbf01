-- Matches sources of a data set, new ones and those whose indexed position moved, with the catalogues with which it is matched.
-- reads: trap_data.dataset_reference
-- writes: trap_data.reference_match
create function trap.match_sources(p_dataset_id integer, p_source_ids bigint[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_catalogue_id integer;
begin
    if cardinality(p_source_ids) = 0 then
        return;
    end if;
    for v_catalogue_id in
        select r.catalogue_id from trap_data.dataset_reference as r where r.dataset_id = p_dataset_id order by r.catalogue_id
    loop
        delete from trap_data.reference_match as m
        where m.dataset_id = p_dataset_id and m.source_id = any(p_source_ids) and m.catalogue_id = v_catalogue_id;
        insert into trap_data.reference_match (dataset_id, source_id, catalogue_id, reference_id)
        select p_dataset_id, n.source_id, v_catalogue_id, n.reference_id
        from trap.search_references(p_dataset_id, p_source_ids, v_catalogue_id) as n
        order by n.source_id, n.reference_id;
    end loop;
end;
$$;
comment on function trap.match_sources is 'Matches sources of a data set anew with the reference catalogues with which it is matched.';
