-- The inverse of direction_cosines, for positions within 90 deg of the reference point.
-- reads: nothing
-- writes: nothing
create function trap.sky_position(
    p_ra_0 double precision, p_dec_0 double precision, p_l double precision, p_m double precision
) returns table (ra double precision, "dec" double precision)
language sql immutable parallel safe
begin atomic
select
    -- a tiny negative angle plus 360 rounds to 360 itself
    case when wrapped >= 360 then 0 else wrapped end,
    declination
from (
    select
        right_ascension - 360 * floor(right_ascension / 360) as wrapped,
        declination
    from (
        select
            p_ra_0 + degrees(atan2(p_l, n * cos(radians(p_dec_0)) - p_m * sin(radians(p_dec_0)))) as right_ascension,
            degrees(atan2(
                p_m * cos(radians(p_dec_0)) + n * sin(radians(p_dec_0)),
                sqrt(p_l * p_l + power(n * cos(radians(p_dec_0)) - p_m * sin(radians(p_dec_0)), 2))
            )) as declination
        from (select sqrt(greatest(0, 1 - p_l * p_l - p_m * p_m)) as n offset 0) as third
        offset 0
    ) as angle
) as position;
end;
comment on function trap.sky_position is
'Position [deg] with the direction cosines l and m [1] about a reference point [deg].';
