select s.source_id
from trap.running_catalogue as s
where s.dataset_id = %(dataset_id)s
order by random()
limit %(count)s;
