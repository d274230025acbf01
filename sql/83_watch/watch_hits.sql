-- The hits of watch lists and maps, in the order in which their sources became known: those of one list, in one data set, and since a
-- time step, as asked.
-- reads: trap.watch_hit, trap_data.watch_list
-- writes: nothing
create function trap.watch_hits(p_dataset text default null, p_watch text default null, p_since timestamptz default null)
returns setof trap.watch_hit
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
begin
    perform from trap_data.watch_list as w where w.name = p_watch;
    if p_watch is not null and not found then
        raise exception 'there is no watch list named "%": trap.watch_list lists them', p_watch using errcode = 'TR002';
    end if;
    return query
    select h.*
    from trap.watch_hit as h
    where
        (v_dataset_id is null or h.dataset_id = v_dataset_id)
        and (p_watch is null or h.watch = p_watch)
        and (p_since is null or h.known_at >= p_since)
    order by h.known_image_id, h.source_id, h.watch, h.separation_arcsec, h.entry;
end;
$$;
comment on function trap.watch_hits is
'The hits of watch lists and maps: of one data set, of one list or map, and of sources that became known in a time step at or after a time; '
'NULL: all. Columns as in trap.watch_hit.';
