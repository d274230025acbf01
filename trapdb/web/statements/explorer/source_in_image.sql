-- where a source is by the coordinates in the file of an image of its data set
select own.ra, own.dec
from trap.running_catalogue as s
cross join lateral trap.position_in_image(%(image_id)s, s.ra, s.dec) as own
where
    s.dataset_id = trap.dataset_of_source(%(source_id)s) and s.source_id = %(source_id)s
    and s.dataset_id = trap.dataset_of(%(image_id)s);
