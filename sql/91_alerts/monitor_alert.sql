-- Monitors the position of an alert in a data set, from now on; what was there before is for a back-fill to say.
-- reads: trap_data.alert
-- writes: trap_data.alert_position, trap_data.monitor_position, trap_data.monitor_ephemeris, trap_data.source, trap_data.dataset
create function trap.monitor_alert(p_alert_id bigint, p_dataset text) returns table (source_id bigint, name text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_ra double precision;
    v_dec double precision;
begin
    select a.ra::double precision, a.dec::double precision into v_ra, v_dec
    from trap_data.alert as a
    where a.alert_id = p_alert_id and a.state = 'accepted';
    if not found then
        raise exception 'alert % was refused, or is not there', p_alert_id using errcode = 'TR004';
    elsif v_ra is null then
        raise exception 'alert % has no position that could be monitored', p_alert_id
        using errcode = 'TR004', hint = 'List the sources in its sky map: `trapdb alert match`.';
    end if;
    name := 'alert-' || p_alert_id;
    select m.source_id into source_id
    from trap.set_monitor_position(p_dataset, name, v_ra, v_dec, null, null, null, null, null, null) as m;
    insert into trap_data.alert_position as p (alert_id, dataset_name, source_id)
    values (p_alert_id, p_dataset, source_id)
    on conflict on constraint alert_position_pkey do update set source_id = excluded.source_id;
    return next;
end;
$$;
comment on function trap.monitor_alert is
'Monitors the position of an alert in a data set, from the next image on. Returns its source and its name there, alert- and the number.';
