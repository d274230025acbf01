-- The area of a cell of HEALPix: all of one order have the same.
-- reads: nothing
-- writes: nothing
create function trap.healpix_area(p_order integer) returns double precision
language sql immutable parallel safe
return 4 * pi() * power(180 / pi(), 2) / (12 * power(4::double precision, p_order));
comment on function trap.healpix_area is 'Area of a HEALPix cell of an order [deg^2].';
