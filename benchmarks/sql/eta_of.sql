select v.source_id, v.band_id, v.n, v.eta_int, v.eta_peak
from trap.variability as v
where v.dataset = %(dataset)s
order by v.source_id, v.band_id;
