-- How far two grids of direction cosines, each about its own centre, lie apart: at the corners, as they turn and stretch as well.
-- reads: nothing
-- writes: nothing
create function trap.grid_shift(
    p_ra_1 double precision, p_dec_1 double precision,
    p_l0_1 double precision, p_m0_1 double precision, p_dl_1 double precision, p_dm_1 double precision,
    p_ra_2 double precision, p_dec_2 double precision,
    p_l0_2 double precision, p_m0_2 double precision, p_dl_2 double precision, p_dm_2 double precision,
    p_columns integer, p_rows integer
) returns double precision
language sql immutable parallel safe
begin atomic
select max(trap.angular_separation(one.ra, one.dec, other.ra, other.dec)) / degrees(least(abs(p_dl_1), abs(p_dm_1)))
from (values (0, 0), (p_columns - 1, 0), (0, p_rows - 1), (p_columns - 1, p_rows - 1)) as corner (l, m)
cross join lateral trap.sky_position(p_ra_1, p_dec_1, p_l0_1 + corner.l * p_dl_1, p_m0_1 + corner.m * p_dm_1) as one
cross join lateral trap.sky_position(p_ra_2, p_dec_2, p_l0_2 + corner.l * p_dl_2, p_m0_2 + corner.m * p_dm_2) as other;
end;
comment on function trap.grid_shift is
'Largest distance between the same elements of two grids, in cells of the first [1]; centres in deg, first points and steps in '
'direction cosines [1].';
