-- How much of each cell of an order a MOC covers; cells of which it covers nothing are left out.
-- reads: nothing
-- writes: nothing
create function trap.moc_area_by_cell(p_moc smoc, p_order integer) returns table (cell bigint, area double precision)
language sql immutable parallel safe
begin atomic
select whole.cell, sum(least(part.last_fine, whole.last_fine) - greatest(part.first_fine, whole.first_fine) + 1)::double precision
    * trap.healpix_area(29) as area
from (
    select
        m.first_cell * power(4, 29 - m.depth)::bigint as first_fine,
        (m.last_cell + 1) * power(4, 29 - m.depth)::bigint - 1 as last_fine
    from trap.cells_of_moc(p_moc) as m
) as part
cross join lateral (
    select
        n.cell, n.cell * power(4, 29 - p_order)::bigint as first_fine, (n.cell + 1) * power(4, 29 - p_order)::bigint - 1 as last_fine
    from generate_series(
        part.first_fine / power(4, 29 - p_order)::bigint, part.last_fine / power(4, 29 - p_order)::bigint
    ) as n (cell)
) as whole
group by whole.cell;
end;
comment on function trap.moc_area_by_cell is 'HEALPix cells of an order that a MOC covers, nested, and how much of each [deg^2].';
