-- How many cells of HEALPix of each order (0 to 12) have sources of a catalogue, all from one sorting by cells of the finest: at
-- which orders a source is the first of its cell tells the highest bit in which it differs from the source before.
-- reads: trap_data.reference_source
-- writes: nothing
create function trap.filled_cells(p_catalogue_id integer)
returns table (number integer, cells bigint)
language plpgsql stable parallel safe
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
begin
    return query
    with placed as (
        select trap.healpix_cell(12, s.ra, s.dec) as cell from trap_data.reference_source as s where s.catalogue_id = p_catalogue_id
    ),

    compared as (
        select p.cell # lag(p.cell) over (order by p.cell) as change from placed as p
    ),

    -- the half lets no power of 4 be taken for a little less
    first_in as (
        select coalesce(12 - floor(ln(c.change + 0.5::double precision) / ln(4::double precision)), 0)::integer as number, count(*) as n
        from compared as c
        where c.change is distinct from 0
        group by 1
    )

    select o.number, sum(f.n)::bigint
    from generate_series(0, 12) as o (number)
    join first_in as f on f.number <= o.number
    group by o.number;
end;
$$;
comment on function trap.filled_cells is 'Number of HEALPix cells that have sources of a reference catalogue, for the orders from 0 to 12.';
