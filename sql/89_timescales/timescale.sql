-- The data sets at each timescale: those that are sums of others, and with factor 1 those themselves.
-- reads: trap_data.timescale, trap_data.dataset
create view trap.timescale as
select
    d.name as dataset,
    d.dataset_id,
    p.name as parent,
    p.dataset_id as parent_id,
    t.factor
from trap_data.timescale as t
inner join trap_data.dataset as d on t.dataset_id = d.dataset_id
inner join trap_data.dataset as p on t.parent_id = p.dataset_id
union all
select
    p.name, p.dataset_id, p.name, p.dataset_id, 1
from trap_data.dataset as p
where not exists (select from trap_data.timescale as t where t.dataset_id = p.dataset_id);
comment on view trap.timescale is
'Data sets by timescale: those whose images are sums of the images of another one, and that one itself, with a factor of 1.';
comment on column trap.timescale.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.timescale.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.timescale.parent is 'Name of the data set of the single images. {meta.id.parent;meta.dataset principal}';
comment on column trap.timescale.parent_id is 'Data set of the single images. {meta.id.parent;meta.dataset}';
comment on column trap.timescale.factor is 'How many of these are in an image [1]. {meta.number;obs.image principal}';
