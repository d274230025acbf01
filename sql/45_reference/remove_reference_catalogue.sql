-- Removes a reference catalogue. Its partition is emptied (a lock on that alone) and taken away by drop_empty_partitions when nobody
-- is using the table.
-- reads: nothing
-- writes: trap_data.reference_catalogue, trap_data.reference_source, trap_data.reference_match
create function trap.remove_reference_catalogue(p_name text, p_version text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_catalogue_id constant integer := trap.reference_catalogue_id_of(p_name, p_version);
begin
    execute format('truncate trap_data.reference_source_%s', v_catalogue_id);
    delete from trap_data.reference_match as m where m.catalogue_id = v_catalogue_id;
    delete from trap_data.reference_catalogue as c where c.catalogue_id = v_catalogue_id;
    return v_catalogue_id;
end;
$$;
comment on function trap.remove_reference_catalogue is
'Removes a reference catalogue with its sources; NULL for the version: the only one. Returns its id.';
