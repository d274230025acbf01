-- Whether a position is in an ellipse about another one, widened by a margin. In the plane that touches the sphere at the centre, where
-- distances from there are as on the sphere (azimuthal equidistant): an error region is known no better.
-- reads: nothing
-- writes: nothing
create function trap.ellipse_holds(
    p_ra double precision, p_dec double precision, p_major double precision, p_minor double precision, p_pa double precision,
    p_margin double precision, p_at_ra double precision, p_at_dec double precision
) returns boolean
language sql immutable parallel safe
begin atomic
select
    away.separation <= p_major + p_margin
    and (
        p_minor is null
        or away.separation = 0
        or power(away.separation * cos(away.angle) / nullif(p_major + p_margin, 0), 2)
        + power(away.separation * sin(away.angle) / nullif(p_minor + p_margin, 0), 2) <= 1
    )
from (
    select
        trap.angular_separation(p_ra, p_dec, p_at_ra, p_at_dec) as separation,
        atan2(
            cos(radians(p_at_dec)) * sin(radians(p_at_ra - p_ra)),
            sin(radians(p_at_dec)) * cos(radians(p_dec)) - cos(radians(p_at_dec)) * sin(radians(p_dec)) * cos(radians(p_at_ra - p_ra))
        ) - radians(p_pa) as angle
) as away;
end;
comment on function trap.ellipse_holds is
'Whether a position is in an ellipse, semi-axes and position angle, widened by a margin, about another one; without a minor axis, in a '
'circle; all in deg.';
