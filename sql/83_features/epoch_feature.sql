-- The features of each source in each band and Stokes parameter as they were known at an image: those of its points that were known then,
-- and were not yet known to be blends. Without an image, as they are now. Ask for one image, or for those that have none, and for a
-- data set: every image has a row a source.
-- Source: of brightness_temperature Rybicki & Lightman 1979, Radiative Processes in Astrophysics, eq. 1.59, for a disc whose radius is the
--   way of light in the time of the change.
-- reads: trap.curve_point, trap_data.source_ancestry, trap_data.blended_point, trap_data.measurement, trap_data.image, trap_data.band,
--   trap_data.dataset, trap_data.reference_match
create view trap.epoch_feature as
select
    d.name as dataset, c.dataset_id, c.known_image_id, c.source_id, c.band_id, c.stokes,
    f.n, f.n_blind, f.n_forced, f.span_days, f.before_n, f.after_n,
    f.peak_flux, f.peak_flux_err, f.median_flux, f.weighted_mean, f.weighted_mean_err,
    f.duty_cycle, f.n_episodes, f.snr_max, f.snr_min, f.negative_share, f.negative_ratio, f.contrast, f.peak_over_median,
    f.v, f.modulation, f.eta, f.eta_significance, f.robust_scatter, f.max_significance, f.rest_eta_significance, f.peak_chi_share,
    f.trend_significance, f.jump_significance, f.skewness, f.quartile_skewness, f.range_skewness, f.lag_correlation,
    f.structure_1, f.structure_2, f.structure_4, f.structure_8, f.runs_significance,
    f.half_share, f.half_days, f.rise_days, f.decay_days, f.rise_share, f.limit_before, f.limit_after,
    f.third_share, f.unfound_share, f.high_share,
    f.high_runs, f.low_share, f.low_runs, f.level_share, f.level_place,
    log(f.fastest_change * 1e-26 * power(3.0856775814913673e19 / (86400 * b.freq_central), 2) / (2 * pi() * 1.380649e-23))
    as brightness_temperature,
    c.size_beams, c.siblings, c.de_ruiter_rms, c.near_bright_share, c.edge_share, c.blended_share,
    case
        when c.n_bands > 1
            then (c.spectral_w * c.spectral_wxy - c.spectral_wx * c.spectral_wy)
                / (c.spectral_w * c.spectral_wxx - c.spectral_wx * c.spectral_wx)
    end as spectral_index,
    case
        when c.n_bands > 1 then sqrt(c.spectral_w / (c.spectral_w * c.spectral_wxx - c.spectral_wx * c.spectral_wx))
    end as spectral_index_err,
    pair.change_significance as spectral_change_significance,
    c.v_over_i,
    (
        select count(*) from trap_data.source_ancestry as y where y.dataset_id = c.dataset_id and y.source_id = c.source_id
    )::integer as n_ancestors,
    (
        select count(*) from trap_data.reference_match as m where m.dataset_id = c.dataset_id and m.source_id = c.source_id
    )::integer as reference_count
from (
    select
        g.*,
        -- where I is no more than noise there is no share of it
        abs(max(g.peak_mean) filter (where g.stokes = 'V') over of_band)
        / nullif(greatest(0, max(g.peak_mean) filter (where g.stokes = 'I' and g.peak_mean > 3 / sqrt(g.peak_weight)) over of_band), 0)
        as v_over_i,
        first_value(g.days) over by_frequency as low_days, first_value(g.flux) over by_frequency as low_flux,
        first_value(g.flux_err) over by_frequency as low_err, first_value(g.side) over by_frequency as low_side,
        first_value(g.x) over by_frequency as low_x,
        last_value(g.days) over by_frequency as high_days, last_value(g.flux) over by_frequency as high_flux,
        last_value(g.flux_err) over by_frequency as high_err, last_value(g.side) over by_frequency as high_side,
        last_value(g.x) over by_frequency as high_x,
        count(g.w) over by_frequency as n_bands, sum(g.w) over by_frequency as spectral_w, sum(g.w * g.x) over by_frequency as spectral_wx,
        sum(g.w * g.y) over by_frequency as spectral_wy,
        sum(g.w * g.x * g.x) over by_frequency as spectral_wxx, sum(g.w * g.x * g.y) over by_frequency as spectral_wxy
    from (
        select
            p.*, ln(b.freq_central / 1e9) as x,
            case when p.side * p.int_mean > 0 then ln(p.side * p.int_mean) end as y,
            -- the error of the logarithm is the relative error, scaled to the scatter
            case
                when p.side * p.int_mean > 0 then p.int_weight * p.int_mean * p.int_mean
                    / greatest(1, (p.int_squares - p.int_weight * p.int_mean * p.int_mean) / nullif(cardinality(p.days) - 1, 0))
            end as w
        from (
            select
                o.dataset_id, o.known_image_id, o.source_id, o.band_id, o.stokes::text as stokes,
                array_agg(trap.days_since_2000(o.taken_at)) as days, array_agg(o.is_blind) as detected,
                array_agg(o.peak_flux) as flux, array_agg(o.peak_flux_err) as flux_err,
                case when bool_or(o.either_sign) and max(o.peak_flux) < -min(o.peak_flux) then -1 else 1 end as side,
                sum(1 / power(o.int_flux_err, 2)) as int_weight,
                sum(o.int_flux / power(o.int_flux_err, 2)) / sum(1 / power(o.int_flux_err, 2)) as int_mean,
                sum(power(o.int_flux / o.int_flux_err, 2)) as int_squares,
                sum(1 / power(o.peak_flux_err, 2)) as peak_weight,
                sum(o.peak_flux / power(o.peak_flux_err, 2)) / sum(1 / power(o.peak_flux_err, 2)) as peak_mean,
                percentile_cont(0.5) within group (order by o.size_beams) filter (where o.is_blind) as size_beams,
                avg(o.siblings) filter (where o.is_blind)::double precision as siblings,
                sqrt(avg(o.de_ruiter_radius * o.de_ruiter_radius) / 2) as de_ruiter_rms,
                avg(sign(o.flags & 1024)) as near_bright_share, avg(sign(o.flags & 1)) as edge_share,
                avg(sign(o.flags & 2)) as blended_share
            from (
                select
                    t.dataset_id, k.known_image_id, t.source_id, i.band_id, i.stokes, i.taken_at, m.kind = 'blind' as is_blind,
                    trap.has_either_sign(i.stokes, i.signed) as either_sign,
                    m.peak_flux, m.peak_flux_err::double precision as peak_flux_err,
                    m.int_flux, m.int_flux_err::double precision as int_flux_err,
                    m.major / i.beam_major as size_beams, coalesce(m.siblings, 0) as siblings, t.de_ruiter_radius, m.flags
                from (
                    select d.dataset_id, null::bigint as known_image_id from trap_data.dataset as d
                    union all
                    select o.dataset_id, o.image_id from trap_data.image as o
                ) as k
                inner join (
                    select a.dataset_id, a.source_id, a.measurement_id, a.known_image_id, null::bigint as until_image_id, a.de_ruiter_radius
                    from trap.curve_point as a
                    union all
                    select a.dataset_id, a.source_id, a.measurement_id, a.known_image_id, a.blended_image_id, a.de_ruiter_radius
                    from trap_data.blended_point as a
                    where a.blended_image_id > a.known_image_id
                    union all
                    select a.dataset_id, y.source_id, a.measurement_id, a.known_image_id, a.blended_image_id, a.de_ruiter_radius
                    from trap_data.source_ancestry as y
                    inner join trap_data.blended_point as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
                    where a.known_image_id < y.until_image_id and a.blended_image_id > y.until_image_id
                ) as t on k.dataset_id = t.dataset_id
                inner join trap_data.measurement as m on t.dataset_id = m.dataset_id and t.measurement_id = m.measurement_id and m.usable
                inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
                where
                    case
                        when k.known_image_id is null then t.until_image_id is null
                        else
                            t.known_image_id <= k.known_image_id and trap.image_of(t.source_id) <= k.known_image_id
                            and (t.until_image_id is null or t.until_image_id > k.known_image_id)
                    end
                -- sums do not depend on the plan. They are sorted by these: what differs most stands first
                order by t.source_id, i.band_id, i.stokes, t.dataset_id, k.known_image_id, t.measurement_id
            ) as o
            group by o.source_id, o.band_id, o.stokes, o.dataset_id, o.known_image_id
        ) as p
        inner join trap_data.band as b on p.band_id = b.band_id
    ) as g
    window
        of_band as (partition by g.source_id, g.dataset_id, g.known_image_id, g.band_id),
        by_frequency as (
            partition by g.source_id, g.dataset_id, g.known_image_id, g.stokes order by g.x, g.band_id
            rows between unbounded preceding and unbounded following
        )
) as c
inner join trap_data.dataset as d on c.dataset_id = d.dataset_id
inner join trap_data.band as b on c.band_id = b.band_id
cross join lateral trap.curve_features(c.days, c.flux, c.flux_err, c.detected, c.side) as f
-- the index between its outermost bands in each time step in which both are above 3 sigma
cross join lateral (
    select
        case
            when count(*) > 1 then trap.eta_significance(
                count(*)::integer,
                greatest(0, sum(e.w * e.alpha * e.alpha) - power(sum(e.w * e.alpha), 2) / sum(e.w)) / (count(*) - 1)
            )
        end as change_significance
    from (
        select
            ln(high.f * c.high_side / (low.f * c.low_side)) / (c.high_x - c.low_x) as alpha,
            power(c.high_x - c.low_x, 2) / (power(high.e / high.f, 2) + power(low.e / low.f, 2)) as w
        from unnest(c.low_days, c.low_flux, c.low_err) as low (t, f, e)
        inner join unnest(c.high_days, c.high_flux, c.high_err) as high (t, f, e) on low.t = high.t
        where c.n_bands > 1 and low.f * c.low_side > 3 * low.e and high.f * c.high_side > 3 * high.e
    ) as e
) as pair;
comment on view trap.epoch_feature is
'The features of each source in each band and Stokes parameter, as they were known at an image or, without one, as they are now. Ask for '
'one known_image_id, or for those that are NULL, and one data set.';
comment on column trap.epoch_feature.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.epoch_feature.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.epoch_feature.known_image_id is
'The last image that was known; NULL: all are. {meta.id;obs.image principal indexed}';
comment on column trap.epoch_feature.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.epoch_feature.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.epoch_feature.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.epoch_feature.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.epoch_feature.n_blind is 'Blind points among them. {meta.number;obs principal}';
comment on column trap.epoch_feature.n_forced is 'Forced points among them. {meta.number;obs}';
comment on column trap.epoch_feature.span_days is 'From its first point to its last [d]. {time.interval;obs}';
comment on column trap.epoch_feature.before_n is 'Points before the first blind one; NULL: there is none. {meta.number;obs}';
comment on column trap.epoch_feature.after_n is 'Points after the last blind one; NULL: there is none. {meta.number;obs}';
comment on column trap.epoch_feature.peak_flux is
'Largest peak flux density, of Q, U and V of its side [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max principal}';
comment on column trap.epoch_feature.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.epoch_feature.median_flux is
'Median of the peak flux densities [Jy/beam]. {phot.flux.density.sb;em.radio;stat.median}';
comment on column trap.epoch_feature.weighted_mean is
'Weighted mean of the peak flux densities [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean principal}';
comment on column trap.epoch_feature.weighted_mean_err is
'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.epoch_feature.duty_cycle is 'Share of the points that are blind [1]. {stat.filling principal}';
comment on column trap.epoch_feature.n_episodes is
'How many times blind points follow each other without a forced one between them. {meta.number;obs}';
comment on column trap.epoch_feature.snr_max is 'Largest ratio of peak flux density to error [1]. {stat.snr;stat.max principal}';
comment on column trap.epoch_feature.snr_min is 'Smallest ratio of peak flux density to error [1]. {stat.snr;stat.min}';
comment on column trap.epoch_feature.negative_share is 'Share of the points below -3 sigma [1]. {stat.filling}';
comment on column trap.epoch_feature.negative_ratio is
'By how much the smallest lies below 0, over the larger of the sizes of smallest and largest [1]: 0 to 1. '
'{phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.contrast is
'Peak less median, over peak plus size of the median [1]: 0 to 1; NULL for one point or without a peak above 0. '
'{phot.flux.density.sb;em.radio;arith.ratio principal}';
comment on column trap.epoch_feature.peak_over_median is
'Peak over median [1]; NULL where the median is below three of its errors. {phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.v is
'V, coefficient of variation [1]; NULL for one point or where the mean is below three of its errors. '
'{src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.modulation is
'Modulation index less the part of the errors, negative where the scatter is smaller [1]; NULL as V. '
'{src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.eta is
'eta, reduced chi squared about the weighted mean [1]; NULL for one point. {stat.fit.chi2;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.epoch_feature.eta_significance is
'How far eta lies above what a steady source gives [sigma]; NULL for one point. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.epoch_feature.robust_scatter is
'Median distance from the median, as that of a normal distribution, over the median error [1]; NULL for one point. {src.var.amplitude}';
comment on column trap.epoch_feature.max_significance is
'How far the peak lies above the weighted mean of all other points [sigma]; NULL for one point. {stat.snr;src.var principal}';
comment on column trap.epoch_feature.rest_eta_significance is
'How far eta without the peak lies above what a steady source gives [sigma]; NULL for one or two points. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.peak_chi_share is
'Share of the peak in chi squared [1]: 0 to 1; NULL for one point and where all are equal. {stat.fit.chi2;arith.ratio}';
comment on column trap.epoch_feature.trend_significance is
'Slope of a straight line in time over its error, which is scaled up to the scatter about the line [sigma]; NULL for two '
'points, or of one time. {stat.snr;src.var}';
comment on column trap.epoch_feature.jump_significance is
'Largest change from a point to the next, without its sign, over its error [sigma]; NULL for one point. {stat.snr;src.var;stat.max}';
comment on column trap.epoch_feature.skewness is
'Third moment of the peak flux densities over the 3/2 power of the second [1]; NULL for two points and where all are equal. '
'{stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.quartile_skewness is
'Upper quartile plus lower less twice the median, over the distance of the quartiles [1]: -1 to 1; NULL for two points or '
'without a distance. {stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.range_skewness is
'Largest plus smallest less twice the median, over their distance [1]: -1 to 1; NULL for two points and where all are equal. '
'{stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.lag_correlation is
'Correlation of each point with the next [1]: -1 to 1; NULL for two points and where all are equal. '
'{stat.correlation;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.structure_1 is
'Mean squared difference of points and the next, over twice the variance [1]: 1 for noise; NULL for two points and where all '
'are equal. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.structure_2 is
'The same of points and the second next [1]; NULL below 4 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.structure_4 is
'The same of points and the fourth next [1]; NULL below 6 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.structure_8 is
'The same of points and the eighth next [1]; NULL below 10 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.runs_significance is
'How far the number of runs above the median and not above it lies above that of noise [sigma]; NULL where none is above it, '
'or for two points. {stat.snr;src.var}';
comment on column trap.epoch_feature.half_share is
'Share of the points at half of the peak or above [1]; NULL without a peak above 0. {stat.filling;phot.flux.density.sb;em.radio}';
comment on column trap.epoch_feature.half_days is
'Time between neighbouring points that both are at half of the peak or above [d]; NULL without a peak above 0. {time.duration;src.var}';
comment on column trap.epoch_feature.rise_days is
'From the last point before the peak that was not above halfway from the median to the peak, to the peak [d]; NULL: there is '
'none. {time.interval;src.var}';
comment on column trap.epoch_feature.decay_days is 'From the peak to the next such point [d]; NULL: there is none. {time.interval;src.var}';
comment on column trap.epoch_feature.rise_share is
'Rise over rise and decay [1]: 0 to 1; NULL unless both are known. {time.interval;arith.ratio}';
comment on column trap.epoch_feature.limit_before is
'Largest mean flux density of the points before the first blind one that agrees with them, at 3 sigma, over the peak [1]; '
'NULL without such points. {phot.flux.density.sb;em.radio;stat.max;arith.ratio}';
comment on column trap.epoch_feature.limit_after is
'The same of the points after the last blind one [1]. {phot.flux.density.sb;em.radio;stat.max;arith.ratio}';
comment on column trap.epoch_feature.third_share is
'Third largest flux density over the largest one, both less the median [1]: 0 to 1; NULL below 5 points, or where none is above the '
'median. {phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.epoch_feature.unfound_share is
'Share of the points that have 6 sigma and more but are no detections of it [1]: what was found there lies too far away. '
'{meta.code.qual;stat.filling}';
comment on column trap.epoch_feature.high_share is
'Share of the points that are above the median by four errors and by 15 % of it [1]; NULL for one point. {stat.filling;src.var}';
comment on column trap.epoch_feature.high_runs is 'How many times it rose to such points; NULL for one point. {meta.number;src.var}';
comment on column trap.epoch_feature.low_share is
'Share of the points that are below the median by as much [1]; NULL for one point. {stat.filling;src.var}';
comment on column trap.epoch_feature.low_runs is 'How many times it fell to such points; NULL for one point. {meta.number;src.var}';
comment on column trap.epoch_feature.level_share is
'Share of the variance that is between two levels [1], into which the points are divided so that it is largest: 1 for a source that has '
'two flux densities; NULL below 3 points, or where all are equal. {stat.variance;arith.ratio}';
comment on column trap.epoch_feature.level_place is
'Share of the points that are in the lower one of these levels [1]; NULL as level_share. {stat.filling;src.var}';
comment on column trap.epoch_feature.brightness_temperature is
'Decimal logarithm of the brightness temperature in K that its fastest change asks for at least, at a distance of 1 kpc [1]: '
'it grows with the square of the distance. NULL without a change of 5 sigma from a point to the next. {phys.temperature;em.radio;stat.min}';
comment on column trap.epoch_feature.size_beams is
'Median major axis of the blind points, over that of the beam [1]; NULL without blind points or shapes. '
'{phys.angSize.smajAxis;arith.ratio}';
comment on column trap.epoch_feature.siblings is
'Mean number of other measurements that shared the island of a blind point or lay within a beam [1]; NULL without blind '
'points. {meta.number;src;stat.mean}';
comment on column trap.epoch_feature.de_ruiter_rms is
'Root of half of the mean squared de Ruiter radius of the points that have one, each at its time [1]: 1 for true ones. '
'{pos.angDistance;arith.ratio}';
comment on column trap.epoch_feature.near_bright_share is
'Share of the points within ten beams of a source a hundred times as bright [1]. {stat.filling}';
comment on column trap.epoch_feature.edge_share is
'Share of the points at the edge of the footprint or near blank pixels [1]. {stat.filling}';
comment on column trap.epoch_feature.blended_share is 'Share of the points that were fitted with a neighbour [1]. {stat.filling}';
comment on column trap.epoch_feature.spectral_index is
'Spectral index over its bands, from the weighted mean integrated flux densities: S ~ nu^index [1]; NULL with one band. '
'{spect.index;em.radio}';
comment on column trap.epoch_feature.spectral_index_err is
'Its error, scaled to the scatter of the means, 1 sigma [1]. {stat.error;spect.index;em.radio}';
comment on column trap.epoch_feature.spectral_change_significance is
'How far the spectral index between its outermost bands changes from time step to time step, of those with 3 sigma in both '
'[sigma]; NULL unless there are two. {stat.fit.goodness;src.var;spect.index}';
comment on column trap.epoch_feature.v_over_i is
'Size of the weighted mean of V over that of I in the band [1]; NULL unless I is above three of its errors. '
'{phys.polarization.circular;arith.ratio}';
comment on column trap.epoch_feature.n_ancestors is 'Sources that it forked from. {meta.number;src}';
comment on column trap.epoch_feature.reference_count is 'Sources of reference catalogues within the combined beam. {meta.number;src}';
