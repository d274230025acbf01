-- Removes a watch of one's own. What it told stays; what is in question is retracted, since nothing would bring it back; the rest is not
-- followed any more, not even when its data set is deleted.
-- reads: trap_data.standing_event
-- writes: trap_data.watch
create function trap.remove_watch(p_name text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_watch_id integer;
    v_owner text;
begin
    select w.watch_id, w.owner into v_watch_id, v_owner from trap_data.watch as w where w.name = p_name for update;
    if not found then
        raise exception 'there is no watch named "%": `trapdb watch-for list` and trap.watch list them', p_name using errcode = 'TR002';
    elsif v_owner <> session_user and not pg_has_role(session_user, 'trapdb_admin', 'member') then
        raise exception 'the watch "%" belongs to %, who alone may remove it', p_name, v_owner using errcode = 'TR004';
    end if;
    perform trap.withdraw_events(
        array(
            select s.event_id from trap_data.standing_event as s where s.watch_id = v_watch_id and s.questioned_until is not null
        ),
        'the data set was taken back to the time before, and the watch removed'
    );
    delete from trap_data.watch as w where w.watch_id = v_watch_id;
end;
$$;
comment on function trap.remove_watch is 'Removes a watch of one''s own; its events stay, and are retracted no more.';
