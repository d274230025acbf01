-- The features of each source in each band and Stokes parameter, by which it is classified and ranked, as all of its points tell. They
-- are computed when asked for, from the light curves of the sources that are asked for.
-- reads: trap.epoch_feature
create view trap.feature as
select
    f.dataset, f.dataset_id, f.source_id, f.band_id, f.stokes, f.n, f.n_blind, f.n_forced, f.span_days, f.before_n, f.after_n,
    f.peak_flux, f.peak_flux_err, f.median_flux, f.weighted_mean, f.weighted_mean_err, f.duty_cycle, f.n_episodes, f.snr_max,
    f.snr_min, f.negative_share, f.negative_ratio, f.contrast, f.peak_over_median, f.v, f.modulation, f.eta,
    f.eta_significance, f.robust_scatter, f.max_significance, f.rest_eta_significance, f.peak_chi_share, f.trend_significance,
    f.jump_significance, f.skewness, f.quartile_skewness, f.range_skewness, f.lag_correlation, f.structure_1, f.structure_2,
    f.structure_4, f.structure_8, f.runs_significance, f.half_share, f.half_days, f.rise_days, f.decay_days, f.rise_share,
    f.limit_before, f.limit_after,
    f.third_share, f.unfound_share, f.high_share,
    f.high_runs, f.low_share, f.low_runs, f.level_share, f.level_place,
    f.brightness_temperature, f.size_beams, f.siblings, f.de_ruiter_rms, f.near_bright_share,
    f.edge_share, f.blended_share, f.spectral_index, f.spectral_index_err, f.spectral_change_significance, f.v_over_i,
    f.n_ancestors, f.reference_count
from trap.epoch_feature as f
where f.known_image_id is null;
comment on view trap.feature is
'The features of each source in each band and Stokes parameter, by which it is classified and ranked, over all its usable points. Ask '
'for some sources by trap.features_of(source_ids), which reads their light curves only.';
comment on column trap.feature.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.feature.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.feature.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.feature.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.feature.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.feature.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.feature.n_blind is 'Blind points among them. {meta.number;obs principal}';
comment on column trap.feature.n_forced is 'Forced points among them. {meta.number;obs}';
comment on column trap.feature.span_days is 'From its first point to its last [d]. {time.interval;obs}';
comment on column trap.feature.before_n is 'Points before the first blind one; NULL: there is none. {meta.number;obs}';
comment on column trap.feature.after_n is 'Points after the last blind one; NULL: there is none. {meta.number;obs}';
comment on column trap.feature.peak_flux is
'Largest peak flux density, of Q, U and V of its side [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max principal}';
comment on column trap.feature.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.feature.median_flux is 'Median of the peak flux densities [Jy/beam]. {phot.flux.density.sb;em.radio;stat.median}';
comment on column trap.feature.weighted_mean is
'Weighted mean of the peak flux densities [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean principal}';
comment on column trap.feature.weighted_mean_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.feature.duty_cycle is 'Share of the points that are blind [1]. {stat.filling principal}';
comment on column trap.feature.n_episodes is
'How many times blind points follow each other without a forced one between them. {meta.number;obs}';
comment on column trap.feature.snr_max is 'Largest ratio of peak flux density to error [1]. {stat.snr;stat.max principal}';
comment on column trap.feature.snr_min is 'Smallest ratio of peak flux density to error [1]. {stat.snr;stat.min}';
comment on column trap.feature.negative_share is 'Share of the points below -3 sigma [1]. {stat.filling}';
comment on column trap.feature.negative_ratio is
'By how much the smallest lies below 0, over the larger of the sizes of smallest and largest [1]: 0 to 1. '
'{phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.contrast is
'Peak less median, over peak plus size of the median [1]: 0 to 1; NULL for one point or without a peak above 0. '
'{phot.flux.density.sb;em.radio;arith.ratio principal}';
comment on column trap.feature.peak_over_median is
'Peak over median [1]; NULL where the median is below three of its errors. {phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.v is
'V, coefficient of variation [1]; NULL for one point or where the mean is below three of its errors. '
'{src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.feature.modulation is
'Modulation index less the part of the errors, negative where the scatter is smaller [1]; NULL as V. '
'{src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.feature.eta is
'eta, reduced chi squared about the weighted mean [1]; NULL for one point. {stat.fit.chi2;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.feature.eta_significance is
'How far eta lies above what a steady source gives [sigma]; NULL for one point. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.feature.robust_scatter is
'Median distance from the median, as that of a normal distribution, over the median error [1]; NULL for one point. {src.var.amplitude}';
comment on column trap.feature.max_significance is
'How far the peak lies above the weighted mean of all other points [sigma]; NULL for one point. {stat.snr;src.var principal}';
comment on column trap.feature.rest_eta_significance is
'How far eta without the peak lies above what a steady source gives [sigma]; NULL for one or two points. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.feature.peak_chi_share is
'Share of the peak in chi squared [1]: 0 to 1; NULL for one point and where all are equal. {stat.fit.chi2;arith.ratio}';
comment on column trap.feature.trend_significance is
'Slope of a straight line in time over its error, which is scaled up to the scatter about the line [sigma]; NULL for two '
'points, or of one time. {stat.snr;src.var}';
comment on column trap.feature.jump_significance is
'Largest change from a point to the next, without its sign, over its error [sigma]; NULL for one point. {stat.snr;src.var;stat.max}';
comment on column trap.feature.skewness is
'Third moment of the peak flux densities over the 3/2 power of the second [1]; NULL for two points and where all are equal. '
'{stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.feature.quartile_skewness is
'Upper quartile plus lower less twice the median, over the distance of the quartiles [1]: -1 to 1; NULL for two points or '
'without a distance. {stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.feature.range_skewness is
'Largest plus smallest less twice the median, over their distance [1]: -1 to 1; NULL for two points and where all are equal. '
'{stat.param;phot.flux.density.sb;em.radio}';
comment on column trap.feature.lag_correlation is
'Correlation of each point with the next [1]: -1 to 1; NULL for two points and where all are equal. '
'{stat.correlation;phot.flux.density.sb;em.radio}';
comment on column trap.feature.structure_1 is
'Mean squared difference of points and the next, over twice the variance [1]: 1 for noise; NULL for two points and where all '
'are equal. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.structure_2 is
'The same of points and the second next [1]; NULL below 4 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.structure_4 is
'The same of points and the fourth next [1]; NULL below 6 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.structure_8 is
'The same of points and the eighth next [1]; NULL below 10 points. {src.var;phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.runs_significance is
'How far the number of runs above the median and not above it lies above that of noise [sigma]; NULL where none is above it, '
'or for two points. {stat.snr;src.var}';
comment on column trap.feature.half_share is
'Share of the points at half of the peak or above [1]; NULL without a peak above 0. {stat.filling;phot.flux.density.sb;em.radio}';
comment on column trap.feature.half_days is
'Time between neighbouring points that both are at half of the peak or above [d]; NULL without a peak above 0. {time.duration;src.var}';
comment on column trap.feature.rise_days is
'From the last point before the peak that was not above halfway from the median to the peak, to the peak [d]; NULL: there is '
'none. {time.interval;src.var}';
comment on column trap.feature.decay_days is 'From the peak to the next such point [d]; NULL: there is none. {time.interval;src.var}';
comment on column trap.feature.rise_share is
'Rise over rise and decay [1]: 0 to 1; NULL unless both are known. {time.interval;arith.ratio}';
comment on column trap.feature.limit_before is
'Largest mean flux density of the points before the first blind one that agrees with them, at 3 sigma, over the peak [1]; '
'NULL without such points. {phot.flux.density.sb;em.radio;stat.max;arith.ratio}';
comment on column trap.feature.limit_after is
'The same of the points after the last blind one [1]. {phot.flux.density.sb;em.radio;stat.max;arith.ratio}';
comment on column trap.feature.third_share is
'Third largest flux density over the largest one, both less the median [1]: 0 to 1; NULL below 5 points, or where none is above the '
'median. {phot.flux.density.sb;em.radio;arith.ratio}';
comment on column trap.feature.unfound_share is
'Share of the points that have 6 sigma and more but are no detections of it [1]: what was found there lies too far away. '
'{meta.code.qual;stat.filling}';
comment on column trap.feature.high_share is
'Share of the points that are above the median by four errors and by 15 % of it [1]; NULL for one point. {stat.filling;src.var}';
comment on column trap.feature.high_runs is 'How many times it rose to such points; NULL for one point. {meta.number;src.var}';
comment on column trap.feature.low_share is
'Share of the points that are below the median by as much [1]; NULL for one point. {stat.filling;src.var}';
comment on column trap.feature.low_runs is 'How many times it fell to such points; NULL for one point. {meta.number;src.var}';
comment on column trap.feature.level_share is
'Share of the variance that is between two levels [1], into which the points are divided so that it is largest: 1 for a source that has '
'two flux densities; NULL below 3 points, or where all are equal. {stat.variance;arith.ratio}';
comment on column trap.feature.level_place is
'Share of the points that are in the lower one of these levels [1]; NULL as level_share. {stat.filling;src.var}';
comment on column trap.feature.brightness_temperature is
'Decimal logarithm of the brightness temperature in K that its fastest change asks for at least, at a distance of 1 kpc [1]: '
'it grows with the square of the distance. NULL without a change of 5 sigma from a point to the next. {phys.temperature;em.radio;stat.min}';
comment on column trap.feature.size_beams is
'Median major axis of the blind points, over that of the beam [1]; NULL without blind points or shapes. '
'{phys.angSize.smajAxis;arith.ratio}';
comment on column trap.feature.siblings is
'Mean number of other measurements that shared the island of a blind point or lay within a beam [1]; NULL without blind '
'points. {meta.number;src;stat.mean}';
comment on column trap.feature.de_ruiter_rms is
'Root of half of the mean squared de Ruiter radius of the points that have one, each at its time [1]: 1 for true ones. '
'{pos.angDistance;arith.ratio}';
comment on column trap.feature.near_bright_share is
'Share of the points within ten beams of a source a hundred times as bright [1]. {stat.filling}';
comment on column trap.feature.edge_share is 'Share of the points at the edge of the footprint or near blank pixels [1]. {stat.filling}';
comment on column trap.feature.blended_share is 'Share of the points that were fitted with a neighbour [1]. {stat.filling}';
comment on column trap.feature.spectral_index is
'Spectral index over its bands, from the weighted mean integrated flux densities: S ~ nu^index [1]; NULL with one band. '
'{spect.index;em.radio}';
comment on column trap.feature.spectral_index_err is
'Its error, scaled to the scatter of the means, 1 sigma [1]. {stat.error;spect.index;em.radio}';
comment on column trap.feature.spectral_change_significance is
'How far the spectral index between its outermost bands changes from time step to time step, of those with 3 sigma in both '
'[sigma]; NULL unless there are two. {stat.fit.goodness;src.var;spect.index}';
comment on column trap.feature.v_over_i is
'Size of the weighted mean of V over that of I in the band [1]; NULL unless I is above three of its errors. '
'{phys.polarization.circular;arith.ratio}';
comment on column trap.feature.n_ancestors is 'Sources that it forked from. {meta.number;src}';
comment on column trap.feature.reference_count is 'Sources of reference catalogues within the combined beam. {meta.number;src}';
