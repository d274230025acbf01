-- The offset of a second position from a first one along east and north in the tangent plane at their midpoint: the same
-- everywhere on the sphere, RA 0 and the poles included. A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.tangent_offset(
    p_ra_1 double precision, p_dec_1 double precision, p_ra_2 double precision, p_dec_2 double precision
) returns table (east double precision, north double precision, separation double precision)
language sql immutable parallel safe
begin atomic
-- "offset 0" keeps the planner from writing each sine out again wherever it is used
with unit_vector as not materialized (
    select
        cos(radians(p_dec_1)) * cos(radians(p_ra_1)) as x_1,
        cos(radians(p_dec_1)) * sin(radians(p_ra_1)) as y_1,
        sin(radians(p_dec_1)) as z_1,
        cos(radians(p_dec_2)) * cos(radians(p_ra_2)) as x_2,
        cos(radians(p_dec_2)) * sin(radians(p_ra_2)) as y_2,
        sin(radians(p_dec_2)) as z_2
    offset 0
),

-- d: second unit vector less the first; m: towards their midpoint
chord as not materialized (
    select
        x_2 - x_1 as dx, y_2 - y_1 as dy, z_2 - z_1 as dz,
        x_1 + x_2 as mx, y_1 + y_2 as my, z_1 + z_2 as mz,
        sqrt((x_1 + x_2) * (x_1 + x_2) + (y_1 + y_2) * (y_1 + y_2)) as rho
    from unit_vector
    offset 0
),

-- c: the meridian of the midpoint; a midpoint at a pole lies on every one, and that of RA 0 will do
meridian as not materialized (
    select
        dx, dy, dz, mz, rho,
        case when rho = 0 then 1 else mx / rho end as cx,
        case when rho = 0 then 0 else my / rho end as cy
    from chord
    offset 0
)

select
    degrees(dy * cx - dx * cy),
    degrees((dz * rho - mz * (cx * dx + cy * dy)) / nullif(sqrt(rho * rho + mz * mz), 0)),
    2 * degrees(asin(least(1, sqrt(dx * dx + dy * dy + dz * dz) / 2)))
from meridian;
end;
comment on function trap.tangent_offset is
'Offset of position 2 from position 1 to the east and north in the tangent plane at their midpoint, and their separation [deg]; '
'arguments in deg.';
