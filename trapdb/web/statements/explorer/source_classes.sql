select
    c.classifier, c.object_class, c.probability, c.probability_artefact, c.novelty, c.reasons, i.taken_at,
    (
        select
            string_agg(
                format('%%s %%s', p.key, to_char(p.value::double precision, 'FM0.00')), ', ' order by p.value::double precision desc
            )
        from jsonb_each_text(c.probabilities) as p
        where p.value::double precision >= 0.05
    ) as classes
from trap.classification as c
inner join trap.image as i on c.known_image_id = i.image_id
where c.dataset_id = trap.dataset_of_source(%(source_id)s) and c.source_id = %(source_id)s
order by c.known_image_id desc, c.classifier
limit %(most)s;
