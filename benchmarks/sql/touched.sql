-- The sources that the last image of a data set touched.
select c.source_id
from trap.curve_point as c
where
    c.dataset_id = %(dataset_id)s
    and c.known_image_id = (select max(i.image_id) from trap.image as i where i.dataset_id = %(dataset_id)s)
