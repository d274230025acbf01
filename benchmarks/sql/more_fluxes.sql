-- The running fluxes, from all points.
insert into trap_data.source_flux (
    dataset_id, source_id, band_id, stokes, n, int_mean, int_m2, int_weight, int_weighted_mean, int_weighted_m2,
    peak_mean, peak_m2, peak_weight, peak_weighted_mean, peak_weighted_m2, n_blind, snr_max, int_variance_sum, peak_variance_sum,
    peak_max, peak_max_err, max_measurement_id, time_mean, time_m2, time_peak
)
select %(dataset_id)s, f.*
from trap.recomputed_flux(%(dataset_id)s, null) as f
on conflict (source_id, band_id, stokes, dataset_id) do update set
(
    n, int_mean, int_m2, int_weight, int_weighted_mean, int_weighted_m2, peak_mean, peak_m2, peak_weight, peak_weighted_mean,
    peak_weighted_m2, n_blind, snr_max, int_variance_sum, peak_variance_sum, peak_max, peak_max_err, max_measurement_id,
    time_mean, time_m2, time_peak
) = (
    excluded.n, excluded.int_mean, excluded.int_m2, excluded.int_weight, excluded.int_weighted_mean, excluded.int_weighted_m2,
    excluded.peak_mean, excluded.peak_m2, excluded.peak_weight, excluded.peak_weighted_mean, excluded.peak_weighted_m2,
    excluded.n_blind, excluded.snr_max, excluded.int_variance_sum, excluded.peak_variance_sum, excluded.peak_max,
    excluded.peak_max_err, excluded.max_measurement_id, excluded.time_mean, excluded.time_m2, excluded.time_peak
);
