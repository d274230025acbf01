-- What people said of the sources of a data set.
-- Parameters: dataset_id.
select r.source_id, r.label_rating
from trap.source_label as r
where r.dataset_id = %(dataset_id)s::integer and r.label_rating is not null
