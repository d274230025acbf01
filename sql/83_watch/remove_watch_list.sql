-- Removes a watch list or map: its owner may, and administrators. Sources, and positions that are monitored, stay.
-- reads: trap_data.watch
-- writes: trap_data.watch_list
create function trap.remove_watch_list(p_name text, p_replaced boolean default false) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_owner text;
    v_watch text;
begin
    select w.owner into v_owner from trap_data.watch_list as w where w.name = p_name for update;
    if not found then
        raise exception 'there is no watch list named "%": trap.watch_list lists them', p_name using errcode = 'TR002';
    elsif v_owner <> session_user and not pg_has_role(session_user, 'trapdb_admin', 'member') then
        raise exception 'the watch list "%" belongs to %, who alone may replace or remove it', p_name, v_owner using errcode = 'TR004';
    end if;
    select w.name into v_watch from trap_data.watch as w where w.watch_list_name = p_name order by w.name limit 1;
    if found and not p_replaced then
        raise exception 'the watch "%" looks in the watch list "%": remove that first (trapdb watch-for remove)', v_watch, p_name
        using errcode = 'TR004';
    end if;
    delete from trap_data.watch_list as w where w.name = p_name;
end;
$$;
comment on function trap.remove_watch_list is 'Removes a watch list or map that one has stored; where a watch looks in it, only if another one comes in its place.';
