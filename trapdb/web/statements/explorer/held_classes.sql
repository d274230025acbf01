-- Which class some sources are held to be of by the active classifier.
select a.source_id, v.object_class, v.class_probability, v.probability_artefact, v.class_novelty
from unnest(%(source_ids)s::bigint[]) as a (source_id)
cross join lateral trap.classification_verdict(a.source_id) as v
where trap.dataset_of_source(a.source_id) = %(dataset_id)s and v.object_class is not null;
