-- What the reference catalogues know of each source, in one row: its most reliable counterpart, and in how many radio catalogues it
-- has one.
-- reads: trap.reference_match
create view trap.reference_counterpart as
select
    n.dataset, n.dataset_id, n.source_id,
    (count(*) filter (where n.frequency is not null))::integer as reference_count,
    (array_agg(n.designation order by n.reliability desc, n.catalogue_id))[1] as reference_designation,
    (array_agg(n.catalogue order by n.reliability desc, n.catalogue_id))[1] as reference_catalogue,
    (array_agg(n.separation_arcsec order by n.reliability desc, n.catalogue_id))[1] as reference_separation_arcsec,
    (array_agg(n.chance_probability order by n.reliability desc, n.catalogue_id))[1] as reference_chance,
    max(n.reliability) as reference_reliability,
    (array_agg(n.object_class order by n.reliability desc, n.catalogue_id) filter (where n.object_class is not null))[1] as reference_class,
    string_agg(
        format(
            '%s%s (%s, %s arcsec)', n.object_class || ' ', coalesce(n.designation, n.reference_id::text), n.catalogue,
            round(n.separation_arcsec::numeric, 1)
        ),
        '; ' order by n.reliability desc, n.catalogue_id
    ) as counterparts
from trap.reference_match as n
where n.rank = 1 and n.counterpart
group by n.dataset, n.dataset_id, n.source_id;
comment on view trap.reference_counterpart is
'What the reference catalogues know of each source that has a counterpart, the nearest in each.';
comment on column trap.reference_counterpart.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.reference_counterpart.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.reference_counterpart.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.reference_counterpart.reference_count is
'Catalogues with flux densities at a radio frequency in which it has a counterpart. {meta.number;meta.table principal}';
comment on column trap.reference_counterpart.reference_designation is
'Name of its most reliable counterpart. {meta.id.cross;src principal}';
comment on column trap.reference_counterpart.reference_catalogue is 'Catalogue of that. {meta.id;meta.table principal}';
comment on column trap.reference_counterpart.reference_separation_arcsec is 'Its distance [arcsec]. {pos.angDistance principal}';
comment on column trap.reference_counterpart.reference_chance is
'Chance that an unrelated source of that catalogue lies as near [1]. {stat.probability}';
comment on column trap.reference_counterpart.reference_reliability is 'Probability that it is the same source [1]. {stat.probability}';
comment on column trap.reference_counterpart.reference_class is
'Class of the most reliable counterpart that has one. {src.class principal}';
comment on column trap.reference_counterpart.counterparts is
'All of them in words, the most reliable first: class, name, catalogue, distance. {meta.note principal}';
