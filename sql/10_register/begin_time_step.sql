-- Opens a time step in the caller's transaction: one at a time in a data set, in time order.
-- reads: trap_data.dataset
-- writes: the stage tables of the session
create function trap.begin_time_step(p_dataset_id integer, p_taken_at timestamptz) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_last_taken_at timestamptz;
    v_image_count integer;
begin
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), p_dataset_id);
    select d.last_taken_at, d.image_count into v_last_taken_at, v_image_count
    from trap_data.dataset as d
    where d.dataset_id = p_dataset_id;
    if not found then
        raise exception 'there is no data set with id %', p_dataset_id using errcode = 'TR002';
    end if;
    if p_taken_at <= v_last_taken_at then
        raise exception 'time step % is not later than the last one in the data set, %', p_taken_at, v_last_taken_at
        using errcode = 'TR001', hint = 'Images are taken in time order. Ingest this one into a data set of its own, or all anew.';
    end if;
    perform trap.create_stage_tables();
    insert into pg_temp.time_step (dataset_id, taken_at, first_image_id)
    values (p_dataset_id, p_taken_at, (p_dataset_id::bigint << 24) + v_image_count + 1);
end;
$$;
comment on function trap.begin_time_step is
'Opens a time step, locks its data set until the end of the transaction, refuses a time that is not later than the last one (TR001).';
