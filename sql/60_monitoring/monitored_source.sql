-- The source of the monitored position of this name; refuses a name that there is not.
-- reads: trap_data.monitor_position
-- writes: nothing
create function trap.monitored_source(p_dataset text, p_name text) returns bigint
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_source_id bigint;
begin
    select m.source_id into v_source_id
    from trap_data.monitor_position as m
    where m.dataset_id = v_dataset_id and m.name = p_name;
    if not found then
        raise exception 'data set "%" monitors no position named "%"', p_dataset, p_name using errcode = 'TR002';
    end if;
    return v_source_id;
end;
$$;
comment on function trap.monitored_source is 'The source of the monitored position of this name in a data set.';
