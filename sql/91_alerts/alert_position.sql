-- The positions of alerts that are monitored, or are going to be.
-- reads: trap_data.alert_position, trap_data.alert
create view trap.alert_position as
select
    p.alert_id, a.ivorn, p.dataset_name as dataset, 'alert-' || p.alert_id as name, p.source_id, p.rule_name as rule,
    p.asked_at, p.filled_at
from trap_data.alert_position as p
inner join trap_data.alert as a on p.alert_id = a.alert_id;
comment on view trap.alert_position is 'The positions of alerts that are monitored in data sets.';
comment on column trap.alert_position.alert_id is 'Alert. {meta.id;meta.main principal indexed}';
comment on column trap.alert_position.ivorn is 'Its IVORN. {meta.ref.ivoid principal}';
comment on column trap.alert_position.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.alert_position.name is 'Name of the monitored position, in trap.monitor_position. {meta.id;src principal}';
comment on column trap.alert_position.source_id is 'Its source; NULL: not made yet. {meta.id;src}';
comment on column trap.alert_position.rule is
'Rule that asked for it, which may be removed; NULL: a user did. {meta.id}';
comment on column trap.alert_position.asked_at is 'When it was asked for. {time.creation}';
comment on column trap.alert_position.filled_at is
'When the images that were there had been measured; NULL: not yet. {time.processing principal}';
