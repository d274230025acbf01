-- Begins to store a watch list or map under a name, in the place of one that has it already if its owner is asking.
-- reads: nothing
-- writes: trap_data.watch_list
create function trap.begin_watch_list(
    p_name text, p_kind text, p_origin text,
    p_vertex_ra double precision[] default null, p_vertex_dec double precision[] default null, p_polygon spoly default null
) returns integer
language plpgsql volatile
set search_path from current
as $$
declare
    v_watch_list_id integer;
begin
    if coalesce(p_name, '') = '' then
        raise exception 'a watch list needs a name' using errcode = 'TR004';
    end if;
    -- a second one that stores the same name waits here for the first
    perform pg_advisory_xact_lock(hashtext('trapdb watch list'), hashtext(p_name));
    perform from trap_data.watch_list as w where w.name = p_name;
    if found then
        perform trap.remove_watch_list(p_name, p_replaced => true);
    end if;
    insert into trap_data.watch_list (name, kind, origin, vertex_ra, vertex_dec, polygon)
    values (p_name, p_kind, p_origin, p_vertex_ra, p_vertex_dec, p_polygon)
    returning watch_list_id into v_watch_list_id;
    return v_watch_list_id;
end;
$$;
comment on function trap.begin_watch_list is
'Begins to store a watch list or map, in the place of one''s own of that name; the corners of a polygon in deg. Returns its id.';
