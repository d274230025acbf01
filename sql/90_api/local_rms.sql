-- The noise of an image at a position, from its stored noise map, interpolated between the four grid points around it.
-- NULL outside the map and beside a grid point that is not known.
-- reads: trap_data.image_noise, trap_data.image
-- writes: nothing
create function trap.local_rms(p_image_id bigint, p_ra double precision, p_dec double precision) returns double precision
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rms double precision;
begin
    select
        (1 - g.u) * (1 - g.v) * g.rms[g.row_1][g.column_1] + g.u * (1 - g.v) * g.rms[g.row_1][g.column_2]
        + (1 - g.u) * g.v * g.rms[g.row_2][g.column_1] + g.u * g.v * g.rms[g.row_2][g.column_2]
    into v_rms
    from (
        select
            f.rms,
            f.column_0 - floor(f.column_0) as u,
            f.row_0 - floor(f.row_0) as v,
            -- a position on a grid line needs no neighbour beyond it
            floor(f.column_0)::integer + 1 as column_1, ceil(f.column_0)::integer + 1 as column_2,
            floor(f.row_0)::integer + 1 as row_1, ceil(f.row_0)::integer + 1 as row_2
        from (
            select n.rms, (c.l - n.l0) / n.dl as column_0, (c.m - n.m0) / n.dm as row_0
            from trap_data.image_noise as n
            inner join trap_data.image as i on n.image_id = i.image_id
            cross join lateral trap.direction_cosines(i.ra, i.dec, p_ra, p_dec) as c
            where n.image_id = p_image_id and trap.angular_separation(i.ra, i.dec, p_ra, p_dec) < 90
        ) as f
    ) as g;
    return v_rms;
end;
$$;
comment on function trap.local_rms is
'Noise [Jy/beam] of an image at a position [deg], interpolated in its noise map; NULL where that is not known.';
