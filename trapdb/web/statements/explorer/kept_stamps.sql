select s.image_id, s.occasion
from trap.stamp as s
where s.dataset_id = trap.dataset_of_source(%(source_id)s) and s.source_id = %(source_id)s
order by s.taken_at, s.image_id, s.occasion;
