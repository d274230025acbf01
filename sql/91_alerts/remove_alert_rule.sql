-- Removes a rule: who added it may, and administrators. What is monitored by it stays.
-- reads: trap_data.alert_rule
-- writes: trap_data.alert_rule
create function trap.remove_alert_rule(p_name text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_owner text;
begin
    select r.owner into v_owner from trap_data.alert_rule as r where r.name = p_name for update;
    if not found then
        raise exception 'there is no rule named "%": trap.alert_rule lists them', p_name using errcode = 'TR002';
    elsif v_owner <> session_user and not pg_has_role(session_user, 'trapdb_admin', 'member') then
        raise exception 'the rule "%" belongs to %, who alone may remove it', p_name, v_owner using errcode = 'TR004';
    end if;
    delete from trap_data.alert_rule as r where r.name = p_name;
end;
$$;
comment on function trap.remove_alert_rule is 'Removes a rule that one has added; positions that are monitored by it stay.';
