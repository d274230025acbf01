-- Every light curve of a data set in a line, by which whoever has a copy sees which have changed: the number of points, and a mark that
-- differs if others are its points. Nothing else can change: a measurement stays as it is once it is a point. A light curve is found in the
-- index of all points alone, without its rows being read.
-- reads: trap_data.association, trap_data.source_ancestry
-- writes: nothing
create function trap.curve_state(p_dataset_id integer)
returns table (source_id bigint, points bigint, mark bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- one light curve after the other, by several processes
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashagg = off
set parallel_setup_cost = 0
set parallel_tuple_cost = 0
as $$
begin
    return query
    select a.source_id, count(*), bit_xor(hashint8extended(a.measurement_id, 0))
    from trap_data.association as a
    where a.dataset_id = p_dataset_id
    group by a.source_id;
    -- what is inherited
    return query
    select y.source_id, count(*), bit_xor(hashint8extended(a.measurement_id, 1))
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on a.dataset_id = p_dataset_id and y.ancestor_id = a.source_id
    where y.dataset_id = p_dataset_id and a.known_image_id < y.until_image_id
    group by y.source_id;
end;
$$;
comment on function trap.curve_state is
'Of each light curve of a data set, given by its id: the source, the number of its points, and a mark that differs if others are its '
'points. Of a source that inherits points there are two rows, one for its own and one for these.';
