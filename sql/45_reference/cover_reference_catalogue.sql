-- Says where a catalogue covers the sky, and counts its sources by cells anew. A coverage in which most of its sources are not is
-- that of something else, and refused. That of a survey is taken only if the sources fill it, so that this is not an excerpt: in
-- cells in which ten are to be expected, 95 % of it have any.
-- reads: trap_data.reference_source
-- writes: trap_data.reference_catalogue, trap_data.reference_density
create function trap.cover_reference_catalogue(p_catalogue_id integer, p_coverage text, p_if_filled boolean) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_coverage smoc;
    v_area double precision;
    v_count bigint;
    v_outside bigint;
    v_order integer;
    v_filled double precision;
begin
    v_coverage := case p_coverage
        when 'all' then '0/0-11'::smoc
        when 'sources' then trap.moc_of_sources(p_catalogue_id)
        else p_coverage::smoc
    end;
    if p_coverage = 'sources' and v_coverage is null then
        raise exception 'its sources are too few to tell from them what it covers: no cells of the sky have ten on average'
        using errcode = 'TR004';
    end if;
    -- trap.moc_covers, which is not inlined: pgSphere 1.2 calls its operator volatile
    select count(*), count(*) filter (where not trap.healpix_cell(29, s.ra, s.dec) <@ v_coverage) into v_count, v_outside
    from trap_data.reference_source as s
    where s.catalogue_id = p_catalogue_id;
    if p_if_filled then
        v_area := area(v_coverage) * power(180 / pi(), 2);
        select coalesce(max(o.number), -1) into v_order
        from generate_series(0, 12) as o (number)
        where v_count * trap.healpix_area(o.number) >= 10 * v_area;
        select sum(a.area) into v_filled
        from trap.moc_area_by_cell(v_coverage, v_order) as a
        where
            v_order >= 0
            and a.cell in (
                select trap.healpix_cell(v_order, s.ra, s.dec) from trap_data.reference_source as s where s.catalogue_id = p_catalogue_id
            );
        if coalesce(v_filled, 0) < 0.95 * v_area then
            v_coverage := null;
        end if;
    elsif 2 * v_outside > v_count then
        raise exception 'of its % sources % lie outside of that coverage', v_count, v_outside
        using errcode = 'TR004', hint = 'the coverage has to be in ICRS, and that of this catalogue';
    end if;
    update trap_data.reference_catalogue as c
    set coverage = v_coverage, n_outside = case when v_coverage is not null then v_outside end
    where c.catalogue_id = p_catalogue_id;
    perform trap.fill_reference_density(p_catalogue_id);
end;
$$;
comment on function trap.cover_reference_catalogue is
'Sets the coverage of a reference catalogue: a MOC as text, "all", "sources", or NULL where it is not known; or only if its sources fill it.';
