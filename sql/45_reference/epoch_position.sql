-- Where a source with a proper motion is at another epoch: it moves uniformly on a straight line in space, across the line of sight,
-- so that on the sky it stays on the great circle on which it set out and comes atan(mu t) along it (the standard model of stellar
-- motion: The Hipparcos and Tycho Catalogues, ESA SP-1200, vol. 1, sect. 1.5.5). Radial velocity and parallax are left out: a
-- parallax moves the nearest star by 0.8 arcsec, a radial velocity takes Barnard's star 1.5 arcsec farther in 50 years.
-- reads: nothing
-- writes: nothing
create function trap.epoch_position(
    p_ra double precision, p_dec double precision, p_pm_ra double precision, p_pm_dec double precision,
    p_epoch_from double precision, p_epoch_to double precision
) returns table (ra double precision, "dec" double precision)
language sql immutable parallel safe
begin atomic
select arrival.ra, arrival.dec
from (
    select
        coalesce(radians(p_pm_ra / 3.6e6) * (p_epoch_to - p_epoch_from), 0) as east,
        coalesce(radians(p_pm_dec / 3.6e6) * (p_epoch_to - p_epoch_from), 0) as north
    offset 0
) as way
cross join lateral (select sqrt(1 + way.east * way.east + way.north * way.north) as distance offset 0) as away
cross join lateral trap.sky_position(p_ra, p_dec, way.east / away.distance, way.north / away.distance) as arrival;
end;
comment on function trap.epoch_position is
'Position [deg] at another epoch: position [deg], proper motion with cos dec included [mas/yr], the two epochs in Julian years. Without a '
'proper motion, or an epoch, it is where it was. Parallax and radial velocity are left out.';
