-- Where a catalogue covers the sky, of its sources themselves: the cells that have any, of the finest order (12 at most, of 0.9 arcmin)
-- at which these have ten on average, so that of a hundred thousand cells within the coverage no more than five are empty by chance.
-- NULL where they are too few for that.
-- reads: trap_data.reference_source
-- writes: nothing
create function trap.moc_of_sources(p_catalogue_id integer) returns smoc
language plpgsql stable parallel safe
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_order integer;
    v_coverage smoc;
begin
    select max(f.number) into v_order
    from trap.filled_cells(p_catalogue_id) as f
    where
        10 * f.cells <= (
            select count(*) from trap_data.reference_source as s where s.catalogue_id = p_catalogue_id
        );
    select (v_order || '/' || string_agg(c.cell::text, ','))::smoc into v_coverage
    from (
        select distinct trap.healpix_cell(v_order, s.ra, s.dec) as cell
        from trap_data.reference_source as s
        where s.catalogue_id = p_catalogue_id
    ) as c;
    return v_coverage;
end;
$$;
comment on function trap.moc_of_sources is
'MOC of where a reference catalogue has sources, ten a cell on average; NULL where it has too few.';
