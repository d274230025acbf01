-- Large cells that together hold many small ones: so many that their circles are searched for in an index in little time, and few
-- that much of them lies outside. Of an order at which the area of the small ones makes up 64 cells, larger if those are scattered.
-- reads: nothing
-- writes: nothing
create function trap.cell_cover(p_first_cell bigint[], p_last_cell bigint[])
returns table (healpix_order integer, healpix_cell bigint)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_order integer;
    v_width bigint;
    v_cells bigint[];
begin
    select greatest(0, least(14, floor(29 + log(4::numeric, 64 / sum(c.last_cell - c.first_cell + 1)))))::integer into v_order
    from unnest(p_first_cell, p_last_cell) as c (first_cell, last_cell);
    v_width := power(4::double precision, 29 - v_order)::bigint;
    select array_agg(distinct n.cell) into v_cells
    from unnest(p_first_cell, p_last_cell) as c (first_cell, last_cell)
    cross join lateral generate_series(c.first_cell / v_width, c.last_cell / v_width) as n (cell);
    while v_order > 0 and cardinality(v_cells) > 512
    loop
        v_order := v_order - 1;
        select array_agg(distinct n.cell / 4) into v_cells from unnest(v_cells) as n (cell);
    end loop;
    return query select v_order, n.cell from unnest(v_cells) as n (cell);
end;
$$;
comment on function trap.cell_cover is
'Some hundred HEALPix cells, nested, all of one order, that hold all cells of order 29 in some ranges.';
