-- The sources that people gave a class, the latest one of each; what was labelled once and is seen in several data sets is one thing.
-- Parameters: dataset: its name; NULL: all. of_truth: without what was injected, of which the truth is known.
select distinct on (l.dataset_id, l.source_id)
    l.dataset_id, l.source_id, l.object_class, l.label_id
from trap.label as l
where
    l.source_id is not null and l.epoch is null and l.object_class is not null and l.object_class <> 'unknown'
    and (%(dataset)s::text is null or l.dataset = %(dataset)s::text)
    and not (
        %(of_truth)s::boolean
        and (l.dataset_id, l.source_id) in (
            select i.dataset_id, i.source_id
            from trap.injected_source as i
            where i.source_id is not null and i.kind <> 'table'
        )
    )
order by l.dataset_id, l.source_id, l.label_id desc
