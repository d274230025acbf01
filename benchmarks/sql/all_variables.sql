-- over all data sets
select v.dataset_id, v.source_id, v.eta_int
from trap.variability as v
order by v.eta_int desc nulls last
limit 100;
