-- What classifiers said of sources, each time.
-- reads: trap_data.classification, trap_data.classifier, trap_data.label_class, trap_data.dataset
create view trap.classification as
select
    d.name as dataset, c.dataset_id, c.source_id, c.known_image_id, k.name as classifier, encode(c.model_digest, 'hex') as digest,
    best.object_class, best.probability, best.probabilities, best.probability_artefact, c.novelty::double precision as novelty,
    (
        select string_agg(format('%s %s', k.features[r.place], to_char(r.moved, 'FMS0.00')), ', ' order by r.number)
        from unnest(c.reasons, c.moved) with ordinality as r (place, moved, number)
    ) as reasons,
    c.made_at
from trap_data.classification as c
inner join trap_data.classifier as k on c.model_digest = k.digest
inner join trap_data.dataset as d on c.dataset_id = d.dataset_id
cross join lateral (
    select
        (array_agg(p.object_class order by p.probability desc, p.number))[1] as object_class,
        max(p.probability)::double precision as probability,
        jsonb_object_agg(p.object_class, p.probability) as probabilities,
        coalesce(sum(p.probability) filter (where l.is_artefact), 0)::double precision as probability_artefact
    from unnest(k.classes, c.probabilities) with ordinality as p (object_class, probability, number)
    left join trap_data.label_class as l on p.object_class = l.object_class
) as best;
comment on view trap.classification is
'What classifiers said of sources, each time: of one source and classifier, the row of the last image is what holds.';
comment on column trap.classification.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.classification.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.classification.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.classification.known_image_id is
'The last image that had been taken: it is judged by what was known then. {meta.id;obs.image indexed}';
comment on column trap.classification.classifier is 'Name of the classifier. {meta.id;meta.software principal}';
comment on column trap.classification.digest is 'Its SHA-256, in hexadecimal digits. {meta.checksum}';
comment on column trap.classification.object_class is 'The likeliest class. {src.class principal}';
comment on column trap.classification.probability is 'Its probability, calibrated [1]. {stat.probability;src.class principal}';
comment on column trap.classification.probabilities is 'The probability of each class, by its name [1]. {stat.probability;src.class}';
comment on column trap.classification.probability_artefact is
'Probability that it is an artefact, of whatever class [1]. {stat.probability principal}';
comment on column trap.classification.novelty is
'How unlike what the classifier was trained on it is [1]: 1 is as far as the farthest per cent of that; above, trust no class. '
'{stat.value;src.class principal}';
comment on column trap.classification.reasons is
'The features that moved the likeliest class most, the first one most, and by how much each moved its uncalibrated probability. '
'{meta.note principal}';
comment on column trap.classification.made_at is 'When it was said. {time.creation}';
