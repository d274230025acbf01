-- The cell of a grid of direction cosines about a centre in which a position lies: rows in m, columns in l, counted from the middle.
-- reads: nothing
-- writes: nothing
create function trap.grid_cell(
    p_centre_ra double precision, p_centre_dec double precision, p_size double precision, p_ra double precision, p_dec double precision
) returns integer
language sql immutable parallel safe
begin atomic
select (floor(c.m / p_size)::integer + 16384) * 32768 + floor(c.l / p_size)::integer + 16384
from trap.direction_cosines(p_centre_ra, p_centre_dec, p_ra, p_dec) as c;
end;
comment on function trap.grid_cell is
'Number of the cell with a position on a grid of cells of this size [1] in direction cosines about a centre: '
'(floor(m / size) + 2^14) * 2^15 + floor(l / size) + 2^14; angles in deg.';
