-- An alert by what a user calls it: its number, its IVORN, or its event, of which the last alert is meant.
-- reads: trap_data.alert, trap.alert
-- writes: nothing
create function trap.alert_named(p_alert text) returns setof trap.alert
language plpgsql stable parallel safe security definer
set search_path from current
as $$
declare
    v_alert_id bigint;
begin
    select a.alert_id into v_alert_id from trap_data.alert as a where a.ivorn = p_alert;
    if v_alert_id is null and p_alert ~ '^[0-9]{1,18}$' then
        select a.alert_id into v_alert_id from trap_data.alert as a where a.alert_id = p_alert::bigint;
    end if;
    if v_alert_id is null then
        select max(a.alert_id) into v_alert_id from trap_data.alert as a where a.event = p_alert;
    end if;
    if v_alert_id is null then
        raise exception 'there is no alert "%": `trapdb alert list` and trap.alert list them', p_alert using errcode = 'TR002';
    end if;
    return query select a.* from trap.alert as a where a.alert_id = v_alert_id;
end;
$$;
comment on function trap.alert_named is
'An alert by its number, its IVORN, or the name of its event, of which the last alert is meant; columns as in trap.alert.';
