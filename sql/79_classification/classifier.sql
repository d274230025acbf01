-- The classifiers that are stored, without their arrays. The public is not told on which data sets they were trained, of which some are
-- injected.
-- reads: trap_data.classifier, trap_data.active_classifier
create view trap.classifier as
select
    k.name, encode(k.digest, 'hex') as digest, k.feature_set,
    array_to_string(k.classes, ' ') as classes,
    array_to_string(k.features, ' ') as features, octet_length(k.content) as size,
    (
        select string_agg(coalesce(a.dataset_name, '*'), ' ' order by a.dataset_name)
        from trap_data.active_classifier as a
        where a.classifier_id = k.classifier_id
    ) as active_for,
    case when trap.is_insider() then k.facts else k.facts - 'trained_on' end as facts,
    case when trap.is_insider() then k.made_by end as made_by, k.made_at
from trap_data.classifier as k;
comment on view trap.classifier is 'The classifiers that are stored.';
comment on column trap.classifier.name is 'Name. {meta.id;meta.main principal}';
comment on column trap.classifier.digest is 'SHA-256 of the classifier, in hexadecimal digits. {meta.checksum principal}';
comment on column trap.classifier.feature_set is 'Version of the features that it takes. {meta.version}';
comment on column trap.classifier.classes is 'Its classes, with blanks between them. {src.class principal}';
comment on column trap.classifier.features is 'The features that it takes, in order, with blanks between them. {meta.id}';
comment on column trap.classifier.size is 'Its size [byte]. {phys.size;meta.file}';
comment on column trap.classifier.active_for is
'Data sets whose time steps it classifies; * stands for all that have none of their own; NULL: it is not active. {meta.dataset principal}';
comment on column trap.classifier.facts is 'On what it was trained (not for the public), how well it did, and which versions made it. {meta.note}';
comment on column trap.classifier.made_by is 'User who stored it; NULL for the public. {meta.id;meta.curation principal}';
comment on column trap.classifier.made_at is 'When. {time.creation principal}';
