select distinct on (occasion)
    occasion,
    fits
from trap.stamp
where dataset_id = trap.dataset_of_source(%(source_id)s) and source_id = %(source_id)s
order by occasion, taken_at desc;
