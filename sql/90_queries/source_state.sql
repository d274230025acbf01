-- Every source of a data set in a line, by which whoever has a copy sees what has changed: its cell of HEALPix, the number of its points,
-- and a mark that differs if any value of the catalogue does, or which measurements are its points. Nothing else can change: a measurement
-- stays as it is once it is a point, and a light curve is an index away, without its rows being read.
-- reads: trap_data.association, trap_data.source_ancestry, trap.running_catalogue
-- writes: nothing
create function trap.source_state(p_dataset_id integer)
returns table (healpix_29 bigint, source_id bigint, points bigint, mark bigint)
language plpgsql stable security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
-- the points of a source after those of another one, from the index alone
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashagg = off
as $$
begin
    return query
    with own as (
        select a.source_id, count(*) as points, bit_xor(hashint8extended(a.measurement_id, 0)) as mark
        from trap_data.association as a
        where a.dataset_id = p_dataset_id
        group by a.source_id
    ),

    inherited as (
        select y.source_id, count(*) as points, bit_xor(hashint8extended(a.measurement_id, 1)) as mark
        from trap_data.source_ancestry as y
        inner join trap_data.association as a on a.dataset_id = p_dataset_id and y.ancestor_id = a.source_id
        where y.dataset_id = p_dataset_id and a.known_image_id < y.until_image_id
        group by y.source_id
    )

    select
        trap.healpix_cell(29, s.ra, s.dec), s.source_id, coalesce(o.points, 0) + coalesce(i.points, 0),
        hash_record_extended(row(s.*, o.points, o.mark, i.points, i.mark), 0)
    from trap.running_catalogue as s
    left join own as o on s.source_id = o.source_id
    left join inherited as i on s.source_id = i.source_id
    where s.dataset_id = p_dataset_id
    order by 1, 2;
end;
$$;
comment on function trap.source_state is
'Of each source of a data set, given by its id: its HEALPix cell of order 29, nested, the number of its points, and a mark that differs if '
'any of its values, or its points, do. In the order of the cells.';
