-- The sources of the open time step that are to have their first stamps: those that are new in it, and those that were found in it,
-- fulfil a definition and have none; as the configuration of the data set says.
-- reads: pg_temp.seen, trap_data.dataset, trap_data.image, trap_data.new_source, trap_data.stamp
-- writes: nothing
create function trap.unstamped_source() returns bigint[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- what compares with the field reads all of it
set enable_seqscan = on
as $$
declare
    v_step constant record := trap.require_time_step();
    v_name text;
    v_of jsonb;
    v_definition text;
    v_found bigint[];
    v_source_ids bigint[] := array[]::bigint[];
begin
    select d.name, d.configuration #> '{stamps,of}' into v_name, v_of
    from trap_data.dataset as d
    where d.dataset_id = v_step.dataset_id;
    if v_of ? 'new' then
        v_source_ids := array(
            select n.source_id
            from trap_data.new_source as n
            where n.dataset_id = v_step.dataset_id and n.source_id >= trap.measurement_id(v_step.first_image_id, 0)
        );
    end if;
    for v_definition in
        select listed.value from jsonb_array_elements_text(v_of) as listed (value) where listed.value <> 'new'
    loop
        v_found := coalesce(
            v_found,
            array(
                select distinct f.source_id
                from pg_temp.seen as f
                where not exists (
                    select
                    from trap_data.stamp as t
                    inner join trap_data.image as k on t.known_image_id = k.image_id and k.status = 'accepted'
                    where t.source_id = f.source_id
                )
            )
        );
        v_source_ids := v_source_ids || array(select t.source_id from trap.transient_by_definition(v_definition, v_name, v_found) as t);
    end loop;
    return v_source_ids;
end;
$$;
comment on function trap.unstamped_source is 'The sources of the open time step that are to have their first stamps; one may be there twice.';
