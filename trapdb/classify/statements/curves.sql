-- The features of light curves that are of no data set.
-- Parameters: curve, days, flux, flux_err, detected: of each point, by curve.
select p.curve, f.*
from (
    select
        t.curve, array_agg(t.day) as days, array_agg(t.flux) as flux, array_agg(t.flux_err) as flux_err,
        array_agg(t.detected) as detected
    from unnest(
        %(curve)s::integer [], %(days)s::double precision [], %(flux)s::double precision [],
        %(flux_err)s::double precision [], %(detected)s::boolean []
    ) as t (curve, day, flux, flux_err, detected)
    group by t.curve
) as p
cross join lateral trap.curve_features(p.days, p.flux, p.flux_err, p.detected) as f
order by p.curve
