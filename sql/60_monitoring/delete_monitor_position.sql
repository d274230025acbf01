-- Deletes a monitored position with all that was measured at it.
-- reads: trap_data.standing_event
-- writes: trap_data.monitor_position, trap_data.measurement, trap_data.association, trap_data.source_flux, trap_data.source,
--   trap_data.blank_place
create function trap.delete_monitor_position(p_dataset text, p_name text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_source_id bigint;
    v_count integer;
begin
    perform trap.lock_dataset(v_dataset_id);
    v_source_id := trap.monitored_source(p_dataset, p_name);
    perform trap.withdraw_events(
        array(
            select s.event_id
            from trap_data.standing_event as s
            where s.dataset_id = v_dataset_id and s.source_id = v_source_id
        ),
        'the monitored position was deleted'
    );
    perform trap.unpack_points(v_dataset_id, array[v_source_id], 0);
    delete from trap_data.measurement as m
    using trap_data.association as a
    where
        m.dataset_id = v_dataset_id and a.dataset_id = v_dataset_id
        and a.source_id = v_source_id and m.measurement_id = a.measurement_id;
    get diagnostics v_count = row_count;
    delete from trap_data.association as a where a.dataset_id = v_dataset_id and a.source_id = v_source_id;
    delete from trap_data.source_flux as f where f.dataset_id = v_dataset_id and f.source_id = v_source_id;
    delete from trap_data.source as s where s.dataset_id = v_dataset_id and s.source_id = v_source_id;
    delete from trap_data.blank_place as b where trap.is_in_dataset(b.image_id, v_dataset_id) and b.source_id = v_source_id;
    delete from trap_data.monitor_position as m where m.source_id = v_source_id;
    return v_count;
end;
$$;
comment on function trap.delete_monitor_position is
'Deletes a monitored position with all that was measured at it; returns the number of its points.';
