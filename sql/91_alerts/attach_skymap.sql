-- Gives an alert the sky map that its sender has made.
-- reads: nothing
-- writes: trap_data.alert
create function trap.attach_skymap(p_alert_id bigint, p_skymap text) returns void
language plpgsql volatile security definer
set search_path from current
as $$
begin
    update trap_data.alert as a
    set skymap_id = trap.skymap_id_of(p_skymap)
    where a.alert_id = p_alert_id and a.state = 'accepted';
    if not found then
        raise exception 'alert % was refused, or is not there', p_alert_id using errcode = 'TR004';
    end if;
end;
$$;
comment on function trap.attach_skymap is 'Gives an alert a sky map of trap.skymap, in the place of the one that it has.';
