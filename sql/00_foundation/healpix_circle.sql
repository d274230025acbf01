-- A circle that holds a cell of HEALPix. The cells that reach farthest from their centre are those whose centre is on the ring at
-- sin dec = 2/3: to their corner on the ring towards the pole, a quarter of the way to the next centre away.
-- Source: Gorski et al. 2005, ApJ 622, 759, equations 4 to 9.
-- reads: nothing
-- writes: nothing
create function trap.healpix_circle(p_order integer, p_cell bigint, p_margin double precision) returns scircle
language sql immutable parallel safe
return scircle(
    centre_of_healpix_nest(p_order, p_cell),
    radians(p_margin + trap.angular_separation(
        0, degrees(asin(1 - power(1 - power(2::double precision, -p_order), 2) / 3)),
        45 * power(2::double precision, -p_order), degrees(asin(2 / 3::double precision))
    ))
);
comment on function trap.healpix_circle is
'A circle about a HEALPix cell, nested, of an order, that holds it and what is within a margin [deg] of it.';
