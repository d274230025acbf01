-- The de Ruiter radius: the offset between two positions in units of its own error.
-- Source: de Ruiter, Willis & Arp 1977, A&AS 28, 211, eq. 1.
-- reads: nothing
-- writes: nothing
create function trap.de_ruiter_radius(
    p_east double precision, p_north double precision,
    p_ra_err_1 double precision, p_dec_err_1 double precision,
    p_ra_err_2 double precision, p_dec_err_2 double precision
) returns double precision
language sql immutable parallel safe
return sqrt(
    p_east * p_east / (p_ra_err_1 * p_ra_err_1 + p_ra_err_2 * p_ra_err_2)
    + p_north * p_north / (p_dec_err_1 * p_dec_err_1 + p_dec_err_2 * p_dec_err_2)
);
comment on function trap.de_ruiter_radius is
'De Ruiter radius [1] of an offset to the east and north [deg] between two positions with these 1 sigma errors [deg].';
