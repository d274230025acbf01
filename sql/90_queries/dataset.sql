-- The data sets.
-- reads: trap_data.dataset, trap_data.image, trap_data.publication
create view trap.dataset as
select
    d.name as dataset,
    d.dataset_id,
    d.created_at,
    d.step_count as time_steps,
    (select count(*) from trap_data.image as i where i.dataset_id = d.dataset_id and i.status <> 'rewound') as images,
    d.last_taken_at,
    (
        select p.citable_name from trap_data.publication as p where p.dataset_id = d.dataset_id and p.withdrawn_at is null
    ) as published_as,
    case when trap.is_insider() then d.configuration else d.configuration #- '{dataset,tense}' end as configuration
from trap_data.dataset as d;
comment on view trap.dataset is 'The data sets.';
comment on column trap.dataset.dataset is 'Name of the data set. {meta.id;meta.dataset principal indexed}';
comment on column trap.dataset.dataset_id is 'Data set. {meta.id;meta.dataset;meta.main principal indexed}';
comment on column trap.dataset.created_at is 'When it was created. {time.creation;meta.dataset}';
comment on column trap.dataset.time_steps is 'Time steps taken. {meta.number;obs.sequence principal}';
comment on column trap.dataset.images is 'Images taken, rejected ones included. {meta.number;obs.image principal}';
comment on column trap.dataset.last_taken_at is 'Time of the last time step, UTC. {time.start;obs.exposure;stat.max principal}';
comment on column trap.dataset.published_as is
'Citable name under which it is published, and does not change any more; NULL: it is not. {meta.bib principal}';
comment on column trap.dataset.configuration is 'Configuration with which it is processed; for the public without its tense. {obs.param}';
