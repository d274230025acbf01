-- The order of HEALPix whose cells are a thirtieth of a footprint's radius: so well is its border known where cells stand for it.
-- reads: nothing
-- writes: nothing
create function trap.region_order(p_radius double precision) returns integer
language sql immutable parallel safe
-- 58.6 deg is the side of a cell of order 0
return least(29, greatest(1, ceil(ln(30 * 58.6 / p_radius) / ln(2))))::integer;
comment on function trap.region_order is 'Order of the HEALPix cells whose side is a thirtieth of a radius [deg], or less.';
