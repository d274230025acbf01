-- What people say of each source as a whole, in one row: the latest rating and the latest class, whoever gave them.
-- reads: trap.label
create view trap.source_label as
select
    l.dataset, l.dataset_id, l.source_id,
    (array_agg(l.rating order by l.label_id desc) filter (where l.rating is not null))[1] as label_rating,
    (array_agg(l.object_class order by l.label_id desc) filter (where l.object_class is not null))[1] as label_class,
    count(*)::integer as labels,
    count(distinct l.rating) > 1 or count(distinct l.object_class) > 1 as disputed
from trap.label as l
where l.source_id is not null and l.epoch is null
group by l.dataset, l.dataset_id, l.source_id;
comment on view trap.source_label is
'What people say of each source as a whole: the latest rating and class, whoever gave them. Labels of single measurements do not count.';
comment on column trap.source_label.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.source_label.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.source_label.source_id is 'Source. {meta.id;src;meta.main principal}';
comment on column trap.source_label.label_rating is 'Latest rating: real, artefact or unsure; NULL: not rated. {meta.code.qual principal}';
comment on column trap.source_label.label_class is 'Latest class; NULL: none given. {src.class principal}';
comment on column trap.source_label.labels is 'Labels that hold, one a user at most unless two sources became one. {meta.number}';
comment on column trap.source_label.disputed is 'Whether they differ in rating or class. {meta.code principal}';
