-- The sources that running sums do not tell to be steady.
select v.source_id
from trap.variability as v
where
    v.dataset_id = %(dataset_id)s
    and (v.eta_peak_significance >= 3 or v.max_significance >= 4)
