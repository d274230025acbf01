-- How long images took that were followed or listened for.
-- reads: trap_data.image_latency, trap_data.image, trap_data.dataset
create view trap.image_latency as
select d.name as dataset, i.dataset_id, i.image_id, i.path, i.taken_at, w.arrived_at, w.latency
from trap_data.image_latency as w
inner join trap_data.image as i on w.image_id = i.image_id
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id;
comment on view trap.image_latency is 'How long images took that came one by one: those that were followed or listened for.';
comment on column trap.image_latency.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_latency.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_latency.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_latency.path is 'Path of the file it was read from. {meta.ref;meta.file}';
comment on column trap.image_latency.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.image_latency.arrived_at is
'When it had come whole: over the network, or as a file that did not change any more. {time.epoch;meta.file principal}';
comment on column trap.image_latency.latency is
'From then until its time step was about to be committed [s]. {time.interval;time.processing principal}';
