select min(s.source_id) as source_id
from trap.running_catalogue as s
where s.dataset_id = %(dataset_id)s;
