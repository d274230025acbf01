-- The rules by which positions of alerts are monitored as soon as they come.
-- reads: trap_data.alert_rule
create view trap.alert_rule as
select r.name as rule, r.stream, r.dataset_name as dataset, r.error_max, r.per_day, r.owner, r.added_at
from trap_data.alert_rule as r;
comment on view trap.alert_rule is
'The rules by which the positions of alerts are monitored in data sets as soon as they come. The public does not see them.';
comment on column trap.alert_rule.rule is 'Name given by the user. {meta.id;meta.main principal}';
comment on column trap.alert_rule.stream is 'Streams of the alerts that are meant: how their names begin. {meta.id;meta.curation principal}';
comment on column trap.alert_rule.dataset is 'Data set. {meta.id;meta.dataset principal}';
comment on column trap.alert_rule.error_max is
'Largest error region of a position that is monitored: its radius or semi-major axis [deg]. {phys.angSize;pos.errorEllipse;stat.max principal}';
comment on column trap.alert_rule.per_day is 'How many positions it asks for in 24 hours, at most [1]. {meta.number;stat.max}';
comment on column trap.alert_rule.owner is 'User who added it, who alone may remove it. {meta.id;meta.curation}';
comment on column trap.alert_rule.added_at is 'When it was added. {time.creation}';
