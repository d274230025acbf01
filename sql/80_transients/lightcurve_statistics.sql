-- Statistics that need a whole light curve: medians and the scatter about them, beside the extremes and the trend.
-- The scatter is the median absolute deviation as it is, not scaled to a standard deviation.
-- reads: trap.lightcurve
-- writes: nothing
create function trap.lightcurve_statistics(p_source_id bigint)
returns table (
    band_id bigint, stokes text, n bigint, duty_cycle double precision,
    int_flux_median double precision, int_flux_mad double precision, int_flux_min double precision, int_flux_max double precision,
    peak_flux_median double precision, peak_flux_mad double precision, peak_flux_min double precision, peak_flux_max double precision,
    trend double precision, trend_err double precision
)
language sql stable parallel safe
begin atomic
with point as materialized (
    select c.*, trap.days_since_2000(c.taken_at) as t
    from trap.lightcurve_of(p_source_id) as c
    where c.usable
),

band as (
    select
        p.band_id, p.stokes,
        percentile_cont(0.5) within group (order by p.int_flux) as int_median,
        percentile_cont(0.5) within group (order by p.peak_flux) as peak_median,
        -- about the mean time, so that nothing cancels
        sum(p.t / (p.peak_flux_err * p.peak_flux_err)) / sum(1 / (p.peak_flux_err * p.peak_flux_err)) as t_mean
    from point as p
    group by p.band_id, p.stokes
)

select
    b.band_id, b.stokes, count(*), count(*) filter (where p.kind = 'blind') / count(*)::double precision,
    b.int_median, percentile_cont(0.5) within group (order by abs(p.int_flux - b.int_median)), min(p.int_flux), max(p.int_flux),
    b.peak_median, percentile_cont(0.5) within group (order by abs(p.peak_flux - b.peak_median)), min(p.peak_flux), max(p.peak_flux),
    sum((p.t - b.t_mean) * p.peak_flux / (p.peak_flux_err * p.peak_flux_err))
    / nullif(sum(power((p.t - b.t_mean) / p.peak_flux_err, 2)), 0),
    1 / sqrt(nullif(sum(power((p.t - b.t_mean) / p.peak_flux_err, 2)), 0))
from band as b
inner join point as p on b.band_id = p.band_id and b.stokes = p.stokes
group by b.band_id, b.stokes, b.int_median, b.peak_median
order by b.band_id, b.stokes;
end;
comment on function trap.lightcurve_statistics is
'Of one source, by band and Stokes parameter, over its usable points: their number, the share of blind ones, median, median absolute '
'deviation, minimum and maximum of the integrated [Jy] and peak flux density [Jy/beam], and the slope of the latter in time with its error '
'[Jy/beam/d].';
