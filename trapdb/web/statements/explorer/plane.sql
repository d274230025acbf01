-- How many sources of a band lie in each cell of a part of the eta-V plane, whose bounds are logarithms to base 10. Those outside fall
-- into cells of their own, which are left out at the end: of bounds within the sum the planner would expect few rows, and sort all.
select c.i - 1 as i, c.j - 1 as j, c.n
from (
    select
        width_bucket(log(nullif(greatest(0, f.eta), 0)), %(eta_low)s, %(eta_high)s, %(columns)s) as i,
        width_bucket(log(nullif(greatest(0, f.v), 0)), %(v_low)s, %(v_high)s, %(rows)s) as j,
        count(*) as n
    from (
        select
            case when %(peak)s then v.eta_peak else v.eta_int end as eta,
            case when %(peak)s then v.v_peak else v.v_int end as v
        from trap.variability as v
        where v.dataset_id = %(dataset_id)s and v.band_id = %(band_id)s and v.stokes = %(stokes)s and v.n > 1 and not v.monitored
    ) as f
    group by 1, 2
    offset 0
) as c
where c.i > 0 and c.i <= %(columns)s and c.j > 0 and c.j <= %(rows)s
order by c.i, c.j;
