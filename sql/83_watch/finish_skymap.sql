-- Finishes a sky map when its cells are there: refuses one whose probabilities do not add up to 1, or whose cells overlap; then ranks
-- the cells by density. Cells that are equally dense are in the region together.
-- reads: trap_data.skymap, trap_data.skymap_cell, pg_temp.loaded_cell
-- writes: trap_data.skymap, trap_data.skymap_cell
create function trap.finish_skymap(p_skymap_id integer) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_count bigint;
    v_order_max integer;
    v_total double precision;
    v_level_50 double precision;
    v_level_90 double precision;
    v_twin record;
begin
    perform from trap_data.skymap as m where m.skymap_id = p_skymap_id and m.n_cells is null;
    if not found then
        raise exception 'sky map % is not being loaded', p_skymap_id using errcode = 'TR003';
    end if;
    select count(*), max(c.healpix_order), coalesce(sum(c.probability), 0) into v_count, v_order_max, v_total
    from pg_temp.loaded_cell as c;
    -- programs round, to single precision too, and leave out what is hardly probable
    if abs(v_total - 1) > 0.01 then
        raise exception 'its probabilities add up to %, not to 1', round(v_total::numeric, 6) using errcode = 'TR004';
    end if;
    select c.healpix_order, c.first_cell into v_twin
    from (
        select
            l.healpix_order, l.first_cell,
            max(l.first_cell + power(4::double precision, 29 - l.healpix_order)::bigint) over (
                order by l.first_cell, l.healpix_order rows between unbounded preceding and 1 preceding
            ) as taken
        from pg_temp.loaded_cell as l
    ) as c
    where c.first_cell < c.taken
    order by c.first_cell
    limit 1;
    if found then
        raise exception 'its cells overlap: cell % of order % is part of another one, or there twice',
        v_twin.first_cell / power(4::double precision, 29 - v_twin.healpix_order)::bigint, v_twin.healpix_order
        using errcode = 'TR004';
    end if;
    insert into trap_data.skymap_cell (skymap_id, first_cell, healpix_order, probability, enclosed)
    select
        p_skymap_id, c.first_cell, c.healpix_order, least(1, c.probability / v_total),
        least(1, sum(c.probability) over (order by c.probability * power(4::double precision, c.healpix_order) desc) / v_total)
    from pg_temp.loaded_cell as c
    order by c.first_cell;
    analyze trap_data.skymap_cell;
    v_level_50 := trap.skymap_level(p_skymap_id, 0.5);
    v_level_90 := trap.skymap_level(p_skymap_id, 0.9);
    update trap_data.skymap as m
    set
        n_cells = v_count, order_max = v_order_max, total = v_total,
        area_50 = a.half, area_90 = a.most
    from (
        select
            sum(trap.healpix_area(c.healpix_order)) filter (where c.enclosed <= v_level_50) as half,
            sum(trap.healpix_area(c.healpix_order)) filter (where c.enclosed <= v_level_90) as most
        from trap_data.skymap_cell as c
        where c.skymap_id = p_skymap_id
    ) as a
    where m.skymap_id = p_skymap_id;
    return v_count;
end;
$$;
comment on function trap.finish_skymap is
'Finishes a sky map that was begun in this transaction and whose cells are there; returns their number.';
