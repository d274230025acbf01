-- What the classifier that is active for a data set said last of each of its sources.
-- reads: trap.classification, trap_data.active_classifier, trap_data.classifier, trap_data.dataset
create view trap.source_classification as
select distinct on (c.dataset_id, c.source_id) c.*
from trap_data.dataset as d
cross join lateral (
    select encode(k.digest, 'hex') as digest
    from trap_data.active_classifier as a
    inner join trap_data.classifier as k on a.classifier_id = k.classifier_id
    where a.dataset_name = d.name or a.dataset_name is null
    order by a.dataset_name nulls last
    limit 1
) as active
inner join trap.classification as c on d.dataset_id = c.dataset_id and active.digest = c.digest
order by c.dataset_id, c.source_id, c.known_image_id desc;
comment on view trap.source_classification is
'What the classifier that is active for a data set said last of each of its sources. Columns as in trap.classification.';
comment on column trap.source_classification.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.source_classification.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.source_classification.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.source_classification.known_image_id is
'The last image that had been taken: it is judged by what was known then. {meta.id;obs.image}';
comment on column trap.source_classification.classifier is 'Name of the classifier. {meta.id;meta.software principal}';
comment on column trap.source_classification.digest is 'Its SHA-256, in hexadecimal digits. {meta.checksum}';
comment on column trap.source_classification.object_class is 'The likeliest class. {src.class principal}';
comment on column trap.source_classification.probability is 'Its probability, calibrated [1]. {stat.probability;src.class principal}';
comment on column trap.source_classification.probabilities is 'The probability of each class, by its name [1]. {stat.probability;src.class}';
comment on column trap.source_classification.probability_artefact is
'Probability that it is an artefact, of whatever class [1]. {stat.probability principal}';
comment on column trap.source_classification.novelty is
'How unlike what the classifier was trained on it is [1]: 1 is as far as the farthest per cent of that; above, trust no class. '
'{stat.value;src.class principal}';
comment on column trap.source_classification.reasons is
'The features that moved the likeliest class most, the first one most, and by how much each moved its uncalibrated probability. '
'{meta.note principal}';
comment on column trap.source_classification.made_at is 'When it was said. {time.creation}';
