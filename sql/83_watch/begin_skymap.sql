-- Begins to load a sky map: a temporary table is there for its cells, by binary COPY, until it is finished. All of that is one
-- transaction. A file that was loaded is recognised, whatever it is to be called, and nothing begins.
-- reads: nothing
-- writes: trap_data.skymap, pg_temp.loaded_cell
create function trap.begin_skymap(
    p_name text, p_digest text, p_path text, p_event text, p_event_at timestamptz,
    p_distance_mean double precision, p_distance_std double precision, p_origin text, p_creator text
) returns table (skymap_id integer, is_new boolean, name text)
language plpgsql volatile security definer
set search_path from current
set client_min_messages = warning
as $$
begin
    if coalesce(p_name, '') = '' then
        raise exception 'a sky map needs a name' using errcode = 'TR004';
    end if;
    return query
    select m.skymap_id, false, m.name
    from trap_data.skymap as m
    where m.digest = p_digest
    order by m.name = p_name desc, m.skymap_id
    limit 1;
    if found then
        return;
    end if;

    -- a second one that loads the same name waits here for the first
    insert into trap_data.skymap as m (name, digest, path, event, event_at, distance_mean, distance_std, origin, creator)
    values (p_name, p_digest, p_path, p_event, p_event_at, p_distance_mean, p_distance_std, p_origin, p_creator)
    on conflict on constraint skymap_name_key do nothing
    returning m.skymap_id, true, m.name into skymap_id, is_new, name;
    if not found then
        raise exception 'there is a sky map named "%" already, of another file', p_name
        using errcode = 'TR004', hint = 'Choose another name, or remove it first.';
    end if;
    -- a table of this name that the caller made is not ours to drop: that fails, and so nothing of the caller's is ever read
    drop table if exists pg_temp.loaded_cell;
    create temporary table loaded_cell (
        first_cell bigint not null check (first_cell between 0 and 3458764513820540927),
        healpix_order integer not null check (healpix_order between 0 and 29),
        -- shares of what is smaller have no numbers; what is far from 1 in sum is refused in the end
        probability double precision not null check (probability >= 1e-200 and probability < 2),
        check (case when healpix_order between 0 and 29 then first_cell % power(4::double precision, 29 - healpix_order)::bigint = 0 end)
    ) on commit drop;
    grant insert on pg_temp.loaded_cell to trapdb_operator;
    return next;
end;
$$;
comment on function trap.begin_skymap is
'Begins to load a sky map into the table pg_temp.loaded_cell; returns its id, and whether it is a new one: if not, name is that under '
'which the same file is there. Distances in Mpc.';
