-- Ends the monitoring of a position at a time, or with the last time step: its points stay, and later images get none.
-- reads: trap_data.dataset
-- writes: trap_data.monitor_position
create function trap.end_monitor_position(p_dataset text, p_name text, p_at timestamptz default null) returns timestamptz
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_source_id bigint;
    v_until timestamptz := p_at;
    v_from timestamptz;
begin
    perform trap.lock_dataset(v_dataset_id);
    v_source_id := trap.monitored_source(p_dataset, p_name);
    if v_until is null then
        select d.last_taken_at into v_until from trap_data.dataset as d where d.dataset_id = v_dataset_id;
    end if;
    select m.active_from into v_from from trap_data.monitor_position as m where m.source_id = v_source_id;
    if not isfinite(v_until) or v_until is null or v_until < v_from then
        raise exception '"%" cannot end at %: it begins at %', p_name, coalesce(v_until::text, 'the last time step, of which there is none'),
        coalesce(v_from::text, 'the first one')
        using errcode = 'TR004', hint = 'Give a later time, or delete it.';
    end if;
    update trap_data.monitor_position as m set active_until = v_until where m.source_id = v_source_id;
    return v_until;
end;
$$;
comment on function trap.end_monitor_position is
'Ends the monitoring of a position at a time, by default with the last time step; returns that time.';
