-- Deletes a data set and all that belongs to it. Its partitions are emptied (a lock on them alone, so nobody else's open time
-- step is waited for) and taken away by drop_empty_partitions when nobody is using the tables.
-- reads: trap_data.dataset, trap_data.standing_event
-- writes: every table of trap_data
create function trap.delete_dataset(p_name text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id integer;
begin
    select d.dataset_id into v_dataset_id from trap_data.dataset as d where d.name = p_name;
    if not found then
        raise exception 'there is no data set named "%"', p_name using errcode = 'TR002';
    end if;
    perform trap.lock_dataset(v_dataset_id);
    -- a bite has one of these tables while it waits for another
    perform trap.lock_curves(v_dataset_id);
    perform trap.withdraw_events(
        array(select s.event_id from trap_data.standing_event as s where s.dataset_id = v_dataset_id), 'the data set was deleted'
    );
    execute format(
        'truncate trap_data.measurement_%1$s, trap_data.source_%1$s, trap_data.source_flux_%1$s, trap_data.association_%1$s, '
        'trap_data.curve_stretch_%1$s, trap_data.sky_region_%1$s',
        v_dataset_id
    );
    delete from trap_data.sky_region_limit as l
    where trap.is_in_dataset(l.sky_region_id, v_dataset_id);
    delete from trap_data.sky_region_noise as q
    where trap.is_in_dataset(q.sky_region_id, v_dataset_id);
    delete from trap_data.reference_match as m where m.dataset_id = v_dataset_id;
    -- and with it, by reference, what is not partitioned
    delete from trap_data.dataset as d where d.dataset_id = v_dataset_id;
    return v_dataset_id;
end;
$$;
comment on function trap.delete_dataset is 'Deletes a data set and all that belongs to it; returns its id.';
