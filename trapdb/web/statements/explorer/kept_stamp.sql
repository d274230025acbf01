select s.fits
from trap.stamp as s
where s.dataset_id = trap.dataset_of_source(%(source_id)s) and s.source_id = %(source_id)s and s.image_id = %(image_id)s
limit 1;
