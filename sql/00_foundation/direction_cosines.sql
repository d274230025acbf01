-- Orthographic projection: the direction cosines of a position about a reference point.
-- Source: Greisen & Calabretta 2002, A&A 395, 1077, section 5.1.5 (SIN).
-- reads: nothing
-- writes: nothing
create function trap.direction_cosines(
    p_ra_0 double precision, p_dec_0 double precision, p_ra double precision, p_dec double precision
) returns table (l double precision, m double precision)
language sql immutable parallel safe
begin atomic
select
    cos(radians(p_dec)) * sin(radians(p_ra - p_ra_0)),
    -- sin(dec - dec_0) + the curvature of the parallel: no cancellation for small offsets
    sin(radians(p_dec - p_dec_0))
    + 2 * cos(radians(p_dec)) * sin(radians(p_dec_0)) * power(sin(radians(p_ra - p_ra_0) / 2), 2);
end;
comment on function trap.direction_cosines is
'Direction cosines l (east) and m (north) [1] of a position about a reference point; arguments in deg.';
