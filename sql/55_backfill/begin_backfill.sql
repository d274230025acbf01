-- Opens a back-fill in the caller's transaction: nobody else changes the data set meanwhile. It is a time step without images.
-- reads: trap_data.dataset
-- writes: the stage tables of the session
create function trap.begin_backfill(p_dataset_id integer) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_image_count integer;
begin
    perform set_config('jit', 'off', true);
    perform trap.lock_dataset(p_dataset_id);
    select d.image_count into v_image_count from trap_data.dataset as d where d.dataset_id = p_dataset_id;
    if not found then
        raise exception 'there is no data set with id %', p_dataset_id using errcode = 'TR002';
    end if;
    perform trap.create_stage_tables();
    insert into pg_temp.time_step (dataset_id, taken_at, first_image_id)
    values (p_dataset_id, 'infinity', trap.numbered_id(p_dataset_id, v_image_count + 1));
end;
$$;
comment on function trap.begin_backfill is
'Opens a back-fill of images that a data set has already, and locks the data set until the end of the transaction.';
