-- Stores a watch map that is a moc, or replaces one's own.
-- reads: nothing
-- writes: trap_data.watch_list, trap_data.watch_cell, trap_data.watch_cover
create function trap.store_watch_moc(p_name text, p_origin text, p_first_cell bigint[], p_last_cell bigint[]) returns integer
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_watch_list_id integer;
    v_count integer;
begin
    perform
    from (
        select c.first_cell, c.last_cell, lag(c.last_cell, 1, -2::bigint) over (order by c.number) as last_before
        from unnest(p_first_cell, p_last_cell) with ordinality as c (first_cell, last_cell, number)
    ) as c
    where (c.first_cell > c.last_before + 1 and c.last_cell >= c.first_cell and c.last_cell < 12 * power(4::numeric, 29)) is not true;
    if found then
        raise exception 'the cells of watch map "%" make no sense: expected ranges of cells of order 29, in their order, apart', p_name
        using errcode = 'TR004';
    elsif coalesce(cardinality(p_first_cell), 0) = 0 then
        raise exception 'watch map "%" holds no cell', p_name using errcode = 'TR004';
    end if;
    v_watch_list_id := trap.begin_watch_list(p_name, 'moc', p_origin);
    insert into trap_data.watch_cell (watch_list_id, first_cell, last_cell)
    select v_watch_list_id, c.first_cell, c.last_cell
    from unnest(p_first_cell, p_last_cell) as c (first_cell, last_cell);
    get diagnostics v_count = row_count;
    -- the indexed position of a source may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
    insert into trap_data.watch_cover (watch_list_id, healpix_order, healpix_cell, circle)
    select v_watch_list_id, c.healpix_order, c.healpix_cell, trap.healpix_circle(c.healpix_order, c.healpix_cell, 3.001 / 3600)
    from trap.cell_cover(p_first_cell, p_last_cell) as c;
    return v_count;
end;
$$;
comment on function trap.store_watch_moc is
'Stores a moc as a watch map, in the place of one''s own of that name: ranges of HEALPix cells of order 29, nested, in their order, that '
'neither overlap nor touch. Returns their number.';
