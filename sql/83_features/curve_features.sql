-- The features of one light curve, whatever it comes from: arrays of its points in any order, of one band and Stokes parameter. Points
-- without a flux density or an error take no part; without any there is no row. What is not defined for so few points, or for these, is
-- NULL. To have those of many curves at once, call it beside their arrays: it is inlined.
-- Fluxes that scatter about 0 have no ratio to their median or mean: such ratios are bounded, or known only where the mean is
-- above three of its errors. Points of one time are taken by rising flux density. The halfway level lies between the median and the peak.
-- Source: Swinbank et al. 2015, Astronomy and Computing 11, 25 (V, eta); Akritas & Bershady 1996, ApJ 470, 706 (modulation);
--   Wald & Wolfowitz 1940, Ann. Math. Stat. 11, 147 (runs); Simonetti, Cordes & Heeschen 1985, ApJ 296, 46 (structure function);
--   Bowley 1920, Elements of Statistics (skewness by quartiles); Otsu 1979, IEEE Trans. Syst. Man Cybern. 9, 62 (two levels).
-- reads: nothing
-- writes: nothing
create function trap.curve_features(
    p_days double precision[], p_flux double precision[], p_flux_err double precision[], p_detected boolean[],
    p_side double precision default 1
) returns table (
    n integer, n_blind integer, n_forced integer, span_days double precision, before_n integer, after_n integer,
    peak_flux double precision, peak_flux_err double precision, median_flux double precision,
    weighted_mean double precision, weighted_mean_err double precision, fastest_change double precision,
    duty_cycle double precision, n_episodes integer,
    snr_max double precision, snr_min double precision, negative_share double precision, negative_ratio double precision,
    contrast double precision, peak_over_median double precision,
    v double precision, modulation double precision, eta double precision, eta_significance double precision,
    robust_scatter double precision,
    max_significance double precision, rest_eta_significance double precision, peak_chi_share double precision,
    trend_significance double precision, jump_significance double precision,
    skewness double precision, quartile_skewness double precision, range_skewness double precision,
    lag_correlation double precision, structure_1 double precision, structure_2 double precision, structure_4 double precision,
    structure_8 double precision, runs_significance double precision,
    half_share double precision, half_days double precision, rise_days double precision, decay_days double precision,
    rise_share double precision, limit_before double precision, limit_after double precision,
    third_share double precision, unfound_share double precision, high_share double precision, high_runs integer,
    low_share double precision, low_runs integer, level_share double precision, level_place double precision
)
language sql immutable parallel safe
begin atomic
select
    q.n, q.n_blind, q.n - q.n_blind, q.span, z.before_n, z.after_n,
    q.peak, q.peak_err, q.median,
    q.xi, 1 / sqrt(q.weight), z.fastest_change,
    q.n_blind / q.n::double precision, z.n_episodes,
    z.snr_max, z.snr_min, z.n_negative / q.n::double precision,
    greatest(0, -q.least) / nullif(greatest(abs(q.least), abs(q.peak)), 0),
    case when q.n > 1 and q.peak > 0 then (q.peak - q.median) / (q.peak + abs(q.median)) end,
    -- the error of a median is sqrt(pi / 2) that of a mean
    case when q.n > 1 and q.median >= 3 * 1.2533 * sqrt(q.error_sum) / q.n then q.peak / q.median end,
    case when q.n > 1 and q.mean >= 3 * sqrt(q.error_sum) / q.n then trap.coefficient_of_variation(q.n, q.mean, z.m2) end,
    case when q.mean >= 3 * sqrt(q.error_sum) / q.n then trap.debiased_modulation(q.n, q.mean, z.m2, q.error_sum) end,
    case when q.n > 1 then trap.reduced_chi_squared(q.n, z.chi2) end,
    case when q.n > 1 then trap.eta_significance(q.n, trap.reduced_chi_squared(q.n, z.chi2)) end,
    case when q.n > 1 then 1.4826 * z.mad / q.error_median end,
    (q.peak - q.rest_mean - z.rest_offset) / sqrt(q.peak_err * q.peak_err + 1 / z.rest_weight),
    case
        when q.n > 2
            then trap.eta_significance(
                q.n - 1, greatest(0, z.rest_squares - z.rest_offset * z.rest_offset * z.rest_weight) / (q.n - 2)
            )
    end,
    case when q.n > 1 and z.chi2 > 0 then least(1, power((q.peak - q.xi) / q.peak_err, 2) / z.chi2) end,
    case when q.span > 0 then trap.scaled_trend(q.n, z.chi2, z.time_m2, z.time_flux) end,
    z.jump_significance,
    case when q.n > 2 and not q.is_flat then z.m3 / q.n / power(z.m2 / q.n, 1.5) end,
    case when q.n > 2 then (q.upper + q.lower - 2 * q.median) / nullif(q.upper - q.lower, 0) end,
    case when q.n > 2 and not q.is_flat then (q.peak + q.least - 2 * q.median) / (q.peak - q.least) end,
    case when q.n > 2 and not q.is_flat then z.lag_product / z.m2 end,
    case when q.n > 2 and not q.is_flat then z.square_1 / (2 * z.m2 / (q.n - 1)) end,
    case when q.n > 3 and not q.is_flat then z.square_2 / (2 * z.m2 / (q.n - 1)) end,
    case when q.n > 5 and not q.is_flat then z.square_4 / (2 * z.m2 / (q.n - 1)) end,
    case when q.n > 9 and not q.is_flat then z.square_8 / (2 * z.m2 / (q.n - 1)) end,
    (z.n_runs - 1 - z.n_products / q.n)
    / sqrt(nullif(z.n_products * (z.n_products - q.n) / (q.n * q.n * nullif(q.n - 1, 0)::double precision), 0)),
    case when q.peak > 0 then z.n_half / q.n::double precision end,
    case when q.peak > 0 then z.half_days end,
    z.rise, z.decay, z.rise / nullif(z.rise + z.decay, 0),
    case when q.peak > 0 and q.n_blind > 0 then z.limit_before / q.peak end,
    case when q.peak > 0 and q.n_blind > 0 then z.limit_after / q.peak end,
    case when q.n > 4 and q.peak > q.median then (z.third - q.median) / (q.peak - q.median) end,
    z.n_unfound / q.n::double precision,
    case when q.n > 1 then z.n_high / q.n::double precision end, case when q.n > 1 then z.high_runs end,
    case when q.n > 1 then z.n_low / q.n::double precision end, case when q.n > 1 then z.low_runs end,
    case when q.n > 2 and not q.is_flat then z.level[1] / 1e9 end, case when q.n > 2 and not q.is_flat then -z.level[2] / q.n end
from (
    select
        k.*, (k.top)[1] as peak, -(k.top)[2] as peak_err, (k.quartiles)[1] as lower, (k.quartiles)[2] as median, (k.quartiles)[3] as upper,
        ((k.quartiles)[2] + (k.top)[1]) / 2 as halfway, (k.top)[1] = k.least as is_flat,
        (k.xi * k.weight - (k.top)[1] / power((k.top)[2], 2)) / nullif(k.weight - 1 / power((k.top)[2], 2), 0) as rest_mean
    from (
        select
            count(*)::integer as n, count(*) filter (where u.b)::integer as n_blind, max(u.t) - min(u.t) as span,
            -- of several at the peak the one with the smallest error tells most
            max(array[u.f * p_side, -u.e]) as top, min(u.f * p_side) as least, avg(u.f * p_side) as mean,
            var_pop(u.f * p_side) as variance,
            sum(1 / (u.e * u.e)) as weight, sum(u.f * p_side / (u.e * u.e)) / sum(1 / (u.e * u.e)) as xi,
            sum(u.t / (u.e * u.e)) / sum(1 / (u.e * u.e)) as middle, sum(u.e * u.e) as error_sum,
            percentile_cont(0.5) within group (order by u.e) as error_median,
            percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
            within group (order by u.f * p_side) as quartiles
        from unnest(p_days, p_flux, p_flux_err, p_detected) as u (t, f, e, b)
        where u.f is not null and u.e > 0
    ) as k
    where k.n > 0
    offset 0
) as q
cross join lateral (
    select
        case when q.n_blind > 0 then count(*) filter (where not r.was_seen) end::integer as before_n,
        case when q.n_blind > 0 then count(*) filter (where r.n_seen = q.n_blind and not r.b) end::integer as after_n,
        max(r.f / r.e) as snr_max, min(r.f / r.e) as snr_min, count(*) filter (where r.f < -3 * r.e) as n_negative,
        sum(r.w) filter (where not r.is_top) as rest_weight,
        sum(r.w * r.y) filter (where not r.is_top) / sum(r.w) filter (where not r.is_top) as rest_offset,
        sum(r.w * r.y * r.y) filter (where not r.is_top) as rest_squares,
        max(abs(r.f - r.f_1) / sqrt(r.e * r.e + r.e_1 * r.e_1)) as jump_significance,
        max(abs(r.f - r.f_1) / power(r.t - r.t_1, 2))
        filter (where r.t > r.t_1 and abs(r.f - r.f_1) >= 5 * sqrt(r.e * r.e + r.e_1 * r.e_1)) as fastest_change,
        -- about means that are rounded: the second term is what that leaves
        case when q.is_flat then 0 else greatest(0, sum(r.w * r.x * r.x) - power(sum(r.w * r.x), 2) / q.weight) end as chi2,
        case when q.is_flat then 0 else sum(r.g * r.g) - power(sum(r.g), 2) / q.n end as m2,
        sum(r.g * r.g * r.g) as m3, sum(r.g * r.g_1) as lag_product,
        avg(power(r.f - r.f_1, 2)) as square_1, avg(power(r.f - r.f_2, 2)) as square_2, avg(power(r.f - r.f_4, 2)) as square_4,
        avg(power(r.f - r.f_8, 2)) as square_8,
        sum(r.w * r.days * r.days) as time_m2, sum(r.w * r.days * r.x) as time_flux,
        percentile_cont(0.5) within group (order by abs(r.f - q.median)) as mad,
        count(*) filter (where r.b and r.b_1 is not true)::integer as n_episodes,
        count(*) filter (where (r.f > q.median) is distinct from (r.f_1 > q.median)) as n_runs,
        2 * count(*) filter (where r.f > q.median)::double precision * count(*) filter (where r.f <= q.median) as n_products,
        count(*) filter (where r.f >= q.peak / 2) as n_half,
        coalesce(sum(r.t - r.t_1) filter (where r.f >= q.peak / 2 and r.f_1 >= q.peak / 2), 0) as half_days,
        min(r.t) filter (where r.f = q.peak) - max(r.t) filter (where r.f <= q.halfway and not r.was_peak) as rise,
        min(r.t) filter (where r.f <= q.halfway and r.f < q.peak and r.was_peak) - min(r.t) filter (where r.f = q.peak) as decay,
        greatest(0, sum(r.w * r.f) filter (where not r.was_seen) / sum(r.w) filter (where not r.was_seen))
        + 3 / sqrt(sum(r.w) filter (where not r.was_seen)) as limit_before,
        greatest(
            0, sum(r.w * r.f) filter (where r.n_seen = q.n_blind and not r.b) / sum(r.w) filter (where r.n_seen = q.n_blind and not r.b)
        )
        + 3 / sqrt(sum(r.w) filter (where r.n_seen = q.n_blind and not r.b)) as limit_after,
        max(r.f) filter (where r.place = q.n - 2) as third,
        count(*) filter (where r.f > 6 * r.e and not r.b) as n_unfound,
        count(*) filter (where r.f - q.median > r.margin) as n_high, count(*) filter (where q.median - r.f > r.margin) as n_low,
        count(*) filter (where r.f - q.median > r.margin and (r.f_1 - q.median > r.margin_1) is not true)::integer as high_runs,
        count(*) filter (where q.median - r.f > r.margin and (q.median - r.f_1 > r.margin_1) is not true)::integer as low_runs,
        -- rounded, so that of divisions that are as good the lowest is taken
        max(array[
            round(1e9 * r.sum_below * r.sum_below / (r.place * (q.n - r.place) * nullif(q.variance, 0))), -r.place
        ]) filter (where r.place < q.n) as level
    from (
        select
            u.t, u.f * p_side as f, u.e, coalesce(u.b, false) as b, 1 / (u.e * u.e) as w, u.f * p_side - q.xi as x,
            u.f * p_side - q.rest_mean as y,
            u.f * p_side - q.mean as g, u.t - q.middle as days,
            greatest(4 * u.e, 0.15 * abs(q.median)) as margin, greatest(4 * lag(u.e) over in_time, 0.15 * abs(q.median)) as margin_1,
            row_number() over by_flux as place, sum(u.f * p_side - q.mean) over by_flux as sum_below,
            lag(u.t) over in_time as t_1, lag(u.e) over in_time as e_1, lag(u.b) over in_time as b_1,
            lag(u.f * p_side) over in_time as f_1, lag(u.f * p_side, 2) over in_time as f_2, lag(u.f * p_side, 4) over in_time as f_4,
            lag(u.f * p_side, 8) over in_time as f_8,
            lag(u.f * p_side) over in_time - q.mean as g_1,
            bool_or(coalesce(u.b, false)) over in_time as was_seen, count(*) filter (where u.b) over in_time as n_seen,
            bool_or(u.f * p_side = q.peak) over in_time as was_peak,
            u.f * p_side = q.peak and u.e = q.peak_err
            and count(*) filter (where u.f * p_side = q.peak and u.e = q.peak_err) over in_time = 1 as is_top
        from unnest(p_days, p_flux, p_flux_err, p_detected) as u (t, f, e, b)
        where u.f is not null and u.e > 0
        window in_time as (order by u.t, u.f * p_side, u.e, u.b rows unbounded preceding),
            by_flux as (order by u.f * p_side, u.e, u.t, u.b rows unbounded preceding)
    ) as r
) as z;
end;
comment on function trap.curve_features is
'The features of one light curve, as trap.feature has them: from its times [d], flux densities and their errors, whether a point was a '
'detection, and the sign that flux densities are multiplied by [1]; a row, or none without points.';
