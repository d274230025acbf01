-- The file of a stamp.
select fits
from trap.stamp
where dataset_id = %(dataset_id)s and source_id = %(source_id)s and image_id = %(image_id)s
limit 1;
