select i.rms_median
from trap.image as i
where i.dataset_id = trap.dataset_of(%(image_id)s) and i.image_id = %(image_id)s;
