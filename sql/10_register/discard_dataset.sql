-- Deletes the data set of a run if it has no image and no other run, so that a mistake leaves nothing behind.
-- reads: trap_data.pipeline_run, trap_data.image, trap_data.dataset
-- writes: every table of trap_data
create function trap.discard_dataset(p_run_id bigint) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id integer := (select r.dataset_id from trap_data.pipeline_run as r where r.run_id = p_run_id);
begin
    perform trap.lock_dataset(v_dataset_id);
    perform from trap_data.pipeline_run as r where r.dataset_id = v_dataset_id and r.run_id <> p_run_id;
    if found then
        return false;
    end if;
    perform from trap_data.image as i where i.dataset_id = v_dataset_id and trap.is_in_dataset(i.image_id, v_dataset_id) limit 1;
    if found then
        return false;
    end if;
    perform trap.delete_dataset(d.name) from trap_data.dataset as d where d.dataset_id = v_dataset_id;
    if not found then
        return false;
    end if;
    perform trap.drop_empty_partitions();
    return true;
end;
$$;
comment on function trap.discard_dataset is
'Deletes the data set of a run if it has no image and no other run; returns whether it did.';
