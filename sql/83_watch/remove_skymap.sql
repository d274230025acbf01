-- Removes a sky map: who loaded it may, and administrators.
-- reads: nothing
-- writes: trap_data.skymap, trap_data.skymap_cell
create function trap.remove_skymap(p_name text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_skymap_id constant integer := trap.skymap_id_of(p_name);
    v_owner text;
begin
    select m.owner into v_owner from trap_data.skymap as m where m.skymap_id = v_skymap_id for update;
    if v_owner <> session_user and not pg_has_role(session_user, 'trapdb_admin', 'member') then
        raise exception 'the sky map "%" belongs to %, who alone may remove it', p_name, v_owner using errcode = 'TR004';
    end if;
    delete from trap_data.skymap_cell as c where c.skymap_id = v_skymap_id;
    delete from trap_data.skymap as m where m.skymap_id = v_skymap_id;
end;
$$;
comment on function trap.remove_skymap is 'Removes a sky map that one has loaded.';
