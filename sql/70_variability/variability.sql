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
    trap.coefficient_of_variation(f.n, f.int_mean, f.int_m2) as v_int,
    trap.reduced_chi_squared(f.n, f.int_weighted_m2) as eta_int,
    trap.eta_significance(f.n, trap.reduced_chi_squared(f.n, f.int_weighted_m2)) as eta_int_significance,
    f.peak_mean as peak_flux_mean,
    f.peak_weighted_mean as peak_flux_weighted_mean,
    trap.coefficient_of_variation(f.n, f.peak_mean, f.peak_m2) as v_peak,
    trap.reduced_chi_squared(f.n, f.peak_weighted_m2) as eta_peak,
    trap.eta_significance(f.n, trap.reduced_chi_squared(f.n, f.peak_weighted_m2)) as eta_peak_significance
from trap_data.source_flux as f
inner join trap_data.dataset as d on f.dataset_id = d.dataset_id;
comment on view trap.variability is 'Variability of each source in each band and Stokes parameter, over its blind and forced points.';
comment on column trap.variability.dataset is 'Name of the data set.';
comment on column trap.variability.dataset_id is 'Data set.';
comment on column trap.variability.source_id is 'Source.';
comment on column trap.variability.band_id is 'Band.';
comment on column trap.variability.stokes is 'Stokes parameter.';
comment on column trap.variability.n is 'Usable points, blind and forced.';
comment on column trap.variability.int_flux_mean is 'Mean integrated flux density [Jy].';
comment on column trap.variability.int_flux_weighted_mean is 'Weighted mean integrated flux density [Jy].';
comment on column trap.variability.v_int is 'V, coefficient of variation of the integrated flux density [1].';
comment on column trap.variability.eta_int is 'eta, reduced chi squared of the integrated flux density about its weighted mean [1].';
comment on column trap.variability.eta_int_significance is 'How far eta_int lies above what a steady source gives [sigma].';
comment on column trap.variability.peak_flux_mean is 'Mean peak flux density [Jy/beam].';
comment on column trap.variability.peak_flux_weighted_mean is 'Weighted mean peak flux density [Jy/beam].';
comment on column trap.variability.v_peak is 'V, coefficient of variation of the peak flux density [1].';
comment on column trap.variability.eta_peak is 'eta, reduced chi squared of the peak flux density about its weighted mean [1].';
comment on column trap.variability.eta_peak_significance is 'How far eta_peak lies above what a steady source gives [sigma].';
