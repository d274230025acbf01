-- Keeps what a search of pixels measured of a burst, whose place is monitored; what an earlier search measured of it is replaced.
-- reads: trap_data.monitor_position
-- writes: trap_data.burst
create function trap.add_burst(p_source_id bigint, p_burst jsonb) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    perform trap.lock_dataset(trap.dataset_of_source(p_source_id));
    perform from trap_data.monitor_position as m where m.source_id = p_source_id;
    if not found then
        raise exception 'source % is no monitored position', p_source_id using errcode = 'TR004';
    end if;
    delete from trap_data.burst as b where b.source_id = p_source_id;
    insert into trap_data.burst
    select (jsonb_populate_record(null::trap_data.burst, p_burst || jsonb_build_object('source_id', p_source_id, 'searched_at', now()))).*;
end;
$$;
comment on function trap.add_burst is
'Keeps what a search measured of a burst at a monitored position: p_burst has the columns of trap_data.burst.';
