-- What varies most, or is new, by the thresholds that trap.transient has by itself.
select
    t.source_id, t.name, t.ra, t.dec, t.reason, t.stokes, b.freq_central, t.n, t.int_flux_mean, t.v_int, t.eta_int,
    greatest(t.eta_int_significance, t.eta_peak_significance, t.max_significance) as significance,
    greatest(t.margin_local, t.margin_worst) as margin, t.first_seen, t.last_seen
from trap.transient(%(dataset)s) with ordinality as t
inner join trap.band as b on b.dataset_id = %(dataset_id)s and t.band_id = b.band_id
order by t.ordinality
limit %(most)s;
