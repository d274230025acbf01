-- How many sources of a band lie in each cell of a part of the eta-V plane, whose bounds are logarithms to base 10.
select
    width_bucket(log(f.eta), %(eta_low)s, %(eta_high)s, %(columns)s) - 1 as i,
    width_bucket(log(f.v), %(v_low)s, %(v_high)s, %(rows)s) - 1 as j,
    count(*) as n
from (
    select
        case when %(peak)s then v.eta_peak else v.eta_int end as eta,
        case when %(peak)s then v.v_peak else v.v_int end as v
    from trap.variability as v
    where v.dataset_id = %(dataset_id)s and v.band_id = %(band_id)s and v.stokes = %(stokes)s and v.n > 1 and not v.monitored
) as f
where
    f.eta >= power(10, %(eta_low)s) and f.eta < power(10, %(eta_high)s)
    and f.v >= power(10, %(v_low)s) and f.v < power(10, %(v_high)s)
group by 1, 2
order by 1, 2;
