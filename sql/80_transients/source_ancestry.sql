-- From whom sources inherit the beginning of their light curves: the sources that they forked from, and those that these had forked from.
-- reads: trap_data.source_ancestry, trap_data.source, trap_data.dataset
create view trap.source_ancestry as
select
    d.name as dataset, y.dataset_id, y.source_id, y.ancestor_id, a.name as ancestor_name, y.until_image_id
from trap_data.source_ancestry as y
inner join trap_data.dataset as d on y.dataset_id = d.dataset_id
left join trap_data.source as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id;
comment on view trap.source_ancestry is
'From whom sources inherit the beginning of their light curves: the sources that they forked from, and those that these had forked from.';
comment on column trap.source_ancestry.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.source_ancestry.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.source_ancestry.source_id is 'Source that inherits. {meta.id;src;meta.main principal indexed}';
comment on column trap.source_ancestry.ancestor_id is 'Source whose points it inherits. {meta.id.parent;src principal}';
comment on column trap.source_ancestry.ancestor_name is 'Name of that. {meta.id.parent;src principal}';
comment on column trap.source_ancestry.until_image_id is
'Points that were known before this image was processed are inherited. {meta.id;obs.image}';
