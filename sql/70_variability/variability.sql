-- Variability of each source in each band and Stokes parameter, from the running sums.
-- reads: trap_data.source_flux, trap_data.dataset
create view trap.variability as
select
    d.name as dataset,
    f.dataset_id,
    f.source_id,
    f.band_id,
    f.stokes::text as stokes,
    f.n,
    f.int_mean as int_flux_mean,
    f.int_weighted_mean as int_flux_weighted_mean,
    trap.coefficient_of_variation(f.n, trap.brightness(f.either_sign, f.int_mean), f.int_m2) as v_int,
    trap.reduced_chi_squared(f.n, f.int_weighted_m2) as eta_int,
    trap.eta_significance(f.n, trap.reduced_chi_squared(f.n, f.int_weighted_m2)) as eta_int_significance,
    f.peak_mean as peak_flux_mean,
    f.peak_weighted_mean as peak_flux_weighted_mean,
    trap.coefficient_of_variation(f.n, trap.brightness(f.either_sign, f.peak_mean), f.peak_m2) as v_peak,
    trap.reduced_chi_squared(f.n, f.peak_weighted_m2) as eta_peak,
    trap.eta_significance(f.n, trap.reduced_chi_squared(f.n, f.peak_weighted_m2)) as eta_peak_significance,
    f.n_blind,
    f.n_blind::double precision / nullif(f.n, 0) as duty_cycle,
    trap.is_monitored(f.source_id) as monitored,
    f.snr_max,
    f.peak_max as peak_flux_max,
    f.peak_max_err as peak_flux_max_err,
    f.max_measurement_id,
    -- where fluxes have either sign the largest may be far below the others
    case when f.either_sign and f.peak_max < 0 then -1 else 1 end
    * trap.outlier_significance(f.n, f.peak_weight, f.peak_weighted_mean, f.peak_max, f.peak_max_err) as max_significance,
    trap.rest_reduced_chi_squared(
        f.n, f.peak_weighted_m2,
        trap.outlier_significance(f.n, f.peak_weight, f.peak_weighted_mean, f.peak_max, f.peak_max_err)
    ) as rest_eta,
    trap.eta_significance(
        f.n - 1,
        trap.rest_reduced_chi_squared(
            f.n, f.peak_weighted_m2,
            trap.outlier_significance(f.n, f.peak_weight, f.peak_weighted_mean, f.peak_max, f.peak_max_err)
        )
    ) as rest_eta_significance,
    trap.debiased_modulation(f.n, trap.brightness(f.either_sign, f.int_mean), f.int_m2, f.int_variance_sum) as modulation_int,
    trap.debiased_modulation(f.n, trap.brightness(f.either_sign, f.peak_mean), f.peak_m2, f.peak_variance_sum) as modulation_peak,
    trap.chi_squared_tail(f.n - 1, f.int_weighted_m2) as eta_int_probability,
    trap.chi_squared_tail(f.n - 1, f.peak_weighted_m2) as eta_peak_probability,
    f.time_peak / nullif(f.time_m2, 0) as trend,
    1 / sqrt(nullif(f.time_m2, 0)) as trend_err,
    f.time_peak / sqrt(nullif(f.time_m2, 0)) as trend_significance,
    trap.scaled_trend(f.n, f.peak_weighted_m2, f.time_m2, f.time_peak) as trend_scaled_significance,
    f.either_sign
from trap_data.source_flux as f
-- a data set is there for each: who does not ask for its name is not to pay for the join
left join trap_data.dataset as d on f.dataset_id = d.dataset_id;
comment on view trap.variability is 'Variability of each source in each band and Stokes parameter, over its blind and forced points.';
comment on column trap.variability.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.variability.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.variability.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.variability.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.variability.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.variability.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.variability.int_flux_mean is 'Mean integrated flux density [Jy]. {phot.flux.density;em.radio;stat.mean}';
comment on column trap.variability.int_flux_weighted_mean is
'Weighted mean integrated flux density [Jy]. {phot.flux.density;em.radio;stat.mean principal}';
comment on column trap.variability.v_int is
'V, coefficient of variation of the integrated flux density [1]. {src.var.index;phot.flux.density;em.radio principal}';
comment on column trap.variability.eta_int is
'eta, reduced chi squared of the integrated flux density about its weighted mean [1]. '
'{stat.fit.chi2;src.var;phot.flux.density;em.radio principal}';
comment on column trap.variability.eta_int_significance is
'How far eta_int lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density;em.radio principal}';
comment on column trap.variability.peak_flux_mean is 'Mean peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.variability.peak_flux_weighted_mean is
'Weighted mean peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean principal}';
comment on column trap.variability.v_peak is
'V, coefficient of variation of the peak flux density [1]. {src.var.index;phot.flux.density.sb;em.radio principal}';
comment on column trap.variability.eta_peak is
'eta, reduced chi squared of the peak flux density about its weighted mean [1]. '
'{stat.fit.chi2;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.variability.eta_peak_significance is
'How far eta_peak lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density.sb;em.radio principal}';
comment on column trap.variability.n_blind is 'Usable blind points among them. {meta.number;obs}';
comment on column trap.variability.duty_cycle is
'Share of the points that are blind: how often it was detected when it was looked at [1]. {stat.filling}';
comment on column trap.variability.monitored is 'Whether it is a monitored position rather than a source found. {meta.code}';
comment on column trap.variability.snr_max is
'Largest S/N of a blind point, of its peak as fitted, where there is either sign without it [1]; NULL if there is none. {stat.snr;stat.max}';
comment on column trap.variability.peak_flux_max is 'Largest peak flux density, where there is either sign by its size [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.variability.peak_flux_max_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.variability.max_measurement_id is 'Its measurement. {meta.id}';
comment on column trap.variability.max_significance is
'How far the largest peak flux density lies beyond the weighted mean of all other points, on its own side of 0 [sigma]; NULL for a single point. '
'{stat.snr;src.var}';
comment on column trap.variability.rest_eta is
'eta_peak without the largest point [1]; 0 where one point remains, NULL where none does. '
'{stat.fit.chi2;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.variability.rest_eta_significance is
'How far rest_eta lies above what a steady source gives [sigma]; 0 for one or two points. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.variability.modulation_int is
'Modulation index of the integrated flux density less the part of the errors, negative where the scatter is smaller than the errors [1]. '
'{src.var.index;phot.flux.density;em.radio}';
comment on column trap.variability.modulation_peak is
'Modulation index of the peak flux density less the part of the errors, negative where the scatter is smaller than the errors [1]. '
'{src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.variability.eta_int_probability is
'Chance that a steady source gives this eta_int or more [1]. {stat.probability;src.var;phot.flux.density;em.radio}';
comment on column trap.variability.eta_peak_probability is
'Chance that a steady source gives this eta_peak or more [1]. {stat.probability;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.variability.trend is
'Slope of the peak flux density in time, a weighted straight line [Jy/beam/d]; NULL where all points are of one time. '
'{arith.rate;phot.flux.density.sb;em.radio}';
comment on column trap.variability.trend_err is 'Its error, 1 sigma [Jy/beam/d]. {stat.error;stat.fit.param;phot.flux.density.sb;em.radio}';
comment on column trap.variability.trend_significance is
'Slope over its error, negative for a source that fades [sigma]. {stat.snr;src.var}';
comment on column trap.variability.trend_scaled_significance is
'The same with the error scaled up to the scatter about the line: smaller for a source that flickers [sigma]; NULL for one or two points. '
'{stat.snr;src.var}';
comment on column trap.variability.either_sign is
'Whether its flux densities have either sign, so that their size counts: in Stokes Q, U and V, and in differences. {meta.code}';
