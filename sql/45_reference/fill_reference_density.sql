-- Counts the sources of a catalogue in cells of the sky, a hundred or so in each: the finest order of HEALPix at which the cells that
-- have any have 50 on average, of fewer than 100 sources half, but no less than 5. A cell's density is that of its sources and one
-- more, in its area and that in which the whole catalogue has one: so it is never 0, and where there is little area it is the mean
-- (the expectation of a Poisson process's rate, if before it was exponentially distributed with the catalogue's mean).
-- Where the coverage is not known, the cells that have sources are taken to be covered whole. Cells that are covered whole and have no
-- sources all have the same density, and no rows: of the whole sky there may be millions.
-- reads: trap_data.reference_source
-- writes: trap_data.reference_density, trap_data.reference_catalogue
create function trap.fill_reference_density(p_catalogue_id integer) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_coverage smoc;
    v_count bigint;
    v_order integer;
begin
    delete from trap_data.reference_density as d where d.catalogue_id = p_catalogue_id;
    select c.coverage into v_coverage from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    select count(*) into v_count from trap_data.reference_source as s where s.catalogue_id = p_catalogue_id;
    select coalesce(max(f.number), 0) into v_order
    from trap.filled_cells(p_catalogue_id) as f
    where f.number <= 9 and v_count >= f.cells * greatest(5, least(50, v_count / 2.0));

    with placed as (
        select trap.healpix_cell(v_order, s.ra, s.dec) as cell, s.flux
        from trap_data.reference_source as s
        where s.catalogue_id = p_catalogue_id
    ),

    number as (
        select p.cell, count(*)::integer as n from placed as p group by p.cell
    ),

    -- brightest first; the brighter, the smaller, as width_bucket wants it
    bright as (
        select p.cell, array_agg(-p.flux order by -p.flux) as brightness
        from placed as p
        where p.flux > 0
        group by p.cell
    ),

    -- sources of the same flux are counted together
    stepped as (
        select b.cell, t.fluxes, t.counts
        from bright as b
        cross join lateral (
            select
                array_agg(-e.brightness order by e.brightness desc) as fluxes,
                array_agg(width_bucket(e.brightness, b.brightness) order by e.brightness desc) as counts
            from (
                select b.brightness[cardinality(b.brightness)] as brightness
                union
                select b.brightness[power(2, g.number)::integer]
                from generate_series(0, 30) as g (number)
                where power(2, g.number) <= cardinality(b.brightness)
            ) as e
        ) as t
    ),

    covered as materialized (
        select m.depth, m.first_cell, m.last_cell from trap.cells_of_moc(v_coverage) as m
    ),

    -- cells of which parts are covered: those of a MOC are in the largest cells that there are
    fringe as (
        select
            f.cell,
            sum(
                (
                    least(m.last_cell, (f.cell + 1) * power(4, m.depth - v_order)::bigint - 1)
                    - greatest(m.first_cell, f.cell * power(4, m.depth - v_order)::bigint) + 1
                ) * trap.healpix_area(m.depth)
            ) as area
        from covered as m
        cross join lateral generate_series(
            m.first_cell / power(4, m.depth - v_order)::bigint, m.last_cell / power(4, m.depth - v_order)::bigint
        ) as f (cell)
        where m.depth > v_order
        group by f.cell
    ),

    here as (
        select
            coalesce(n.cell, f.cell) as cell, coalesce(n.n, 0) as n, coalesce(f.area, trap.healpix_area(v_order)) as area,
            -- sources outside of the coverage
            f.cell is null and (n.cell * power(4, 29 - v_order)::bigint) <@ v_coverage is not true as outside
        from number as n
        full join fringe as f on n.cell = f.cell
    ),

    -- the coverage as a whole, and the cells of sources outside of it
    mean as (
        select
            v_count / (
                coalesce(
                    (select sum((m.last_cell - m.first_cell + 1) * trap.healpix_area(m.depth)) from covered as m), 0
                ) + (select count(*) filter (where h.outside) from here as h) * trap.healpix_area(v_order)
            ) as density
    ),

    counted as (
        insert into trap_data.reference_density (catalogue_id, cell, area, n, density, fluxes, counts)
        select p_catalogue_id, h.cell, h.area, h.n, (h.n + 1) / (h.area + 1 / m.density), t.fluxes, t.counts
        from here as h
        cross join mean as m
        left join stepped as t on h.cell = t.cell
    )

    update trap_data.reference_catalogue as c
    set density_order = v_order, density_mean = m.density
    from mean as m
    where c.catalogue_id = p_catalogue_id;
end;
$$;
comment on function trap.fill_reference_density is
'Counts the sources of a reference catalogue in cells of the sky, anew, for trap.reference_density.';
