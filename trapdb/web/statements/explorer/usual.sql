-- What is usual in a data set, by band and Stokes parameter.
select band_id, stokes, n_sources, log_eta_mean, log_eta_sigma, log_v_mean, log_v_sigma
from trap.field_variability(%(dataset_id)s, %(peak)s);
