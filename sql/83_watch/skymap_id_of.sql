-- The id of a sky map by its name.
-- reads: trap_data.skymap
-- writes: nothing
create function trap.skymap_id_of(p_name text) returns integer
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_skymap_id integer;
begin
    select m.skymap_id into v_skymap_id from trap_data.skymap as m where m.name = p_name;
    if not found then
        raise exception 'there is no sky map named "%": trap.skymap lists them', p_name using errcode = 'TR002';
    end if;
    return v_skymap_id;
end;
$$;
comment on function trap.skymap_id_of is 'The id of a sky map by its name.';
