select q.name, q.value, q.low, q.high, q.passed, q.detail
from trap.quality_check as q
where q.dataset_id = trap.dataset_of(%(image_id)s) and q.image_id = %(image_id)s
order by q.passed, q.name;
