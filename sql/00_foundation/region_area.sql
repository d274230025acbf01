-- The area of a footprint, a circle or the polygon within it.
-- reads: nothing
-- writes: nothing
create function trap.region_area(p_radius double precision, p_polygon spoly) returns double precision
language sql immutable parallel safe
return case
    when p_polygon is null then 2 * pi() * (1 - cos(radians(p_radius)))
    else area(p_polygon)
end * power(degrees(1), 2);
comment on function trap.region_area is 'Area [deg^2] of a footprint, a circle of radius [deg] or the polygon within it.';
