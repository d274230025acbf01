-- Every light curve of a data set in a line, by which whoever has a copy sees which have changed: the number of points, and a mark that
-- differs if others are its points. Nothing else can change: a measurement stays as it is once it is a point. Points that are rows are
-- found in their index alone, without the rows being read.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap.curve_point
-- writes: nothing
create function trap.curve_state(p_dataset_id integer)
returns table (source_id bigint, points bigint, mark bigint)
language plpgsql stable parallel safe security definer
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
    from (
        select p.source_id, p.measurement_id
        from trap_data.association as p
        where p.dataset_id = p_dataset_id
        union all
        select c.source_id, p.measurement_id
        from trap_data.curve_stretch as c
        cross join lateral unnest(c.measurement_ids) as p (measurement_id)
        where c.dataset_id = p_dataset_id
    ) as a
    group by a.source_id;
    -- what is inherited
    return query
    select y.source_id, count(*), bit_xor(hashint8extended(a.measurement_id, 1))
    from trap_data.source_ancestry as y
    inner join trap.curve_point as a on a.dataset_id = p_dataset_id and not a.inherited and y.ancestor_id = a.source_id
    where y.dataset_id = p_dataset_id and a.known_image_id < y.until_image_id
    group by y.source_id;
end;
$$;
comment on function trap.curve_state is
'Of each light curve of a data set, given by its id: the source, the number of its points, and a mark that differs if others are its '
'points. Of a source that inherits points there are two rows, one for its own and one for these.';
