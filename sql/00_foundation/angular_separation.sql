-- The angle between two positions on the sphere, exact for small angles (haversine formula).
-- The sine is held to 1 by float8smaller: least passes over NULL, and would make 180 deg of a position that is not known.
-- reads: nothing
-- writes: nothing
create function trap.angular_separation(
    p_ra_1 double precision, p_dec_1 double precision, p_ra_2 double precision, p_dec_2 double precision
) returns double precision
language sql immutable parallel safe
return 2 * degrees(asin(float8smaller(1, sqrt(
    power(sin(radians(p_dec_2 - p_dec_1) / 2), 2)
    + cos(radians(p_dec_1)) * cos(radians(p_dec_2)) * power(sin(radians(p_ra_2 - p_ra_1) / 2), 2)
))));
comment on function trap.angular_separation is 'Angle between two positions [deg]; arguments in deg.';
