-- What people say of some sources, the latest of it.
select a.source_id, v.label_rating as rating, v.label_class as object_class
from unnest(%(source_ids)s::bigint[]) as a (source_id)
cross join lateral trap.label_verdict(a.source_id) as v
where trap.dataset_of_source(a.source_id) = %(dataset_id)s and (v.label_rating is not null or v.label_class is not null);
