-- The noise at a position, interpolated between the four points around it of a map on a grid of direction cosines about a centre.
-- NULL outside the map and beside a point that is not known.
-- A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.interpolated_rms(
    p_centre_ra double precision, p_centre_dec double precision,
    p_l0 double precision, p_m0 double precision, p_dl double precision, p_dm double precision, p_rms real[],
    p_ra double precision, p_dec double precision
) returns table (rms double precision)
language sql immutable parallel safe
begin atomic
select
    (1 - g.u) * (1 - g.v) * g.around[1][1] + g.u * (1 - g.v) * g.around[1][g.columns]
    + (1 - g.u) * g.v * g.around[g.rows][1] + g.u * g.v * g.around[g.rows][g.columns]
from (
    select
        f.column_0 - floor(f.column_0) as u,
        f.row_0 - floor(f.row_0) as v,
        -- a position on a grid line needs no neighbour beyond it
        1 + ceil(f.column_0)::integer - floor(f.column_0)::integer as columns,
        1 + ceil(f.row_0)::integer - floor(f.row_0)::integer as rows,
        -- the map is read once, then the four points of it
        p_rms[
            floor(f.row_0)::integer + 1:ceil(f.row_0)::integer + 1
        ][
            floor(f.column_0)::integer + 1:ceil(f.column_0)::integer + 1
        ] as around
    from (
        -- the other side of the sky has direction cosines, too
        select
            case when trap.angular_separation(p_centre_ra, p_centre_dec, p_ra, p_dec) < 90 then (c.l - p_l0) / p_dl end as column_0,
            (c.m - p_m0) / p_dm as row_0
        from trap.direction_cosines(p_centre_ra, p_centre_dec, p_ra, p_dec) as c
        offset 0
    ) as f
    offset 0
) as g;
end;
comment on function trap.interpolated_rms is
'Noise [Jy/beam] at a position [deg], interpolated in a map on a grid of direction cosines [1] about a centre [deg]; NULL where that '
'is not known.';
