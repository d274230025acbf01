-- Where a catalogue covers the sky, of its sources themselves: the cells that have any, of the finest order (12 at most, of 0.9 arcmin)
-- at which these have ten on average, so that of a hundred thousand cells within the coverage no more than five are empty by chance.
-- NULL where they are too few for that.
-- reads: trap_data.reference_source
-- writes: nothing
create function trap.moc_of_sources(p_catalogue_id integer) returns smoc
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_coverage smoc;
begin
    with fine as (
        select trap.healpix_cell(12, s.ra, s.dec) as cell, count(*) as n
        from trap_data.reference_source as s
        where s.catalogue_id = p_catalogue_id
        group by 1
    ),

    crowding as (
        select o.number, power(4, 12 - o.number)::bigint as fine_cells
        from fine as f
        cross join generate_series(0, 12) as o (number)
        group by o.number
        having sum(f.n) >= 10 * count(distinct f.cell / power(4, 12 - o.number)::bigint)
        order by o.number desc
        limit 1
    )

    select (w.number || '/' || string_agg(distinct (f.cell / w.fine_cells)::text, ','))::smoc into v_coverage
    from crowding as w
    cross join fine as f
    group by w.number;
    return v_coverage;
end;
$$;
comment on function trap.moc_of_sources is
'MOC of where a reference catalogue has sources, ten a cell on average; NULL where it has too few.';
