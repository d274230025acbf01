select c.source_id, c.ratio, c.ratio_err
from trap.flux_change as c
where c.dataset_id = trap.dataset_id_of(%(dataset)s) and c.ratio_err is not null;
