-- The cell of HEALPix, nested, in which a position is. For a position on the border of two of the twelve largest cells (the meridians
-- 0, 90, 180 and 270 deg around the poles, and between them where ra / 90 deg - 0.5 differs from 0.75 sin dec or -0.75 sin dec by an
-- integer) and for the north pole pgSphere 1.2 gives a cell far away. Such a position is taken to be 0.7 mas to the east, in one of
-- the cells that meet there, and the pole to be 4 mas from it.
-- Source: Gorski et al. 2005, ApJ 622, 759, section 4.
-- reads: nothing
-- writes: nothing
create function trap.healpix_cell(p_order integer, p_ra double precision, p_dec double precision) returns bigint
language sql immutable parallel safe
return healpix_nest(
    p_order,
    spoint(
        radians(p_ra + case
            when
                abs(p_ra - 90 * round(p_ra / 90)) < 1e-7 / greatest(1e-8, cos(radians(p_dec)))
                or abs(p_ra / 90 + 0.75 * sin(radians(p_dec)) - floor(p_ra / 90 + 0.75 * sin(radians(p_dec))) - 0.5) < 1e-9
                or abs(p_ra / 90 - 0.75 * sin(radians(p_dec)) - floor(p_ra / 90 - 0.75 * sin(radians(p_dec))) - 0.5) < 1e-9
                then 2e-7 / greatest(1e-8, cos(radians(p_dec)))
            else 0
        end),
        radians(least(p_dec, 89.999999))
    )
);
comment on function trap.healpix_cell is 'Number of the HEALPix cell, nested, of an order (0 to 29) in which a position [deg] is.';
