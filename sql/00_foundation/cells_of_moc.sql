-- The cells of a MOC, as pgSphere writes it: "2/1 3/1-3 8-10", the order before the first of its cells.
-- Source: IVOA Recommendation Multi-Order Coverage map 2.0, section 4.3.2.
-- reads: nothing
-- writes: nothing
create function trap.cells_of_moc(p_moc smoc) returns table (depth integer, first_cell bigint, last_cell bigint)
language sql immutable parallel safe
begin atomic
select
    ordered.depth, split_part(ordered.cells, '-', 1)::bigint as first_cell,
    split_part(ordered.cells, '-', -1)::bigint as last_cell
from (
    select
        max(case when word.text like '%/%' then split_part(word.text, '/', 1)::integer end) over (order by word.number) as depth,
        split_part(word.text, '/', -1) as cells
    from regexp_split_to_table(p_moc::text, '\s+') with ordinality as word (text, number)
) as ordered
where ordered.cells <> '';
end;
comment on function trap.cells_of_moc is 'The cells of a MOC: HEALPix order, first and last cell, nested, of each row of cells.';
