-- The data sets.
-- reads: trap_data.dataset, trap_data.image
create view trap.dataset as
select
    d.name as dataset,
    d.dataset_id,
    d.created_at,
    d.step_count as time_steps,
    (select count(*) from trap_data.image as i where i.dataset_id = d.dataset_id and i.status <> 'rewound') as images,
    d.last_taken_at,
    d.configuration
from trap_data.dataset as d;
comment on view trap.dataset is 'The data sets.';
comment on column trap.dataset.dataset is 'Name of the data set.';
comment on column trap.dataset.dataset_id is 'Data set.';
comment on column trap.dataset.created_at is 'When it was created.';
comment on column trap.dataset.time_steps is 'Time steps taken.';
comment on column trap.dataset.images is 'Images taken, rejected ones included.';
comment on column trap.dataset.last_taken_at is 'Time of the last time step, UTC.';
comment on column trap.dataset.configuration is 'Configuration with which it is processed.';
