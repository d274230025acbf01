select v.source_id, v.eta_int, v.v_int
from trap.variability as v
where v.dataset_id = %(dataset_id)s
order by v.eta_int desc nulls last
limit 100;
