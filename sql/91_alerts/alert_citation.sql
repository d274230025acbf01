-- What refers to what.
-- reads: trap_data.alert_citation, trap_data.alert
create view trap.alert_citation as
select a.alert_id, a.ivorn, c.cite, c.cited_ivorn, cited.alert_id as cited_alert_id
from trap_data.alert_citation as c
inner join trap_data.alert as a on c.alert_id = a.alert_id
left join trap_data.alert as cited on c.cited_ivorn = cited.ivorn;
comment on view trap.alert_citation is 'Which other alerts the alerts of trap.alert refer to.';
comment on column trap.alert_citation.alert_id is 'Alert. {meta.id;meta.main principal indexed}';
comment on column trap.alert_citation.ivorn is 'Its IVORN. {meta.ref.ivoid principal}';
comment on column trap.alert_citation.cite is
'followup, supersedes or retraction: what it is to the other one. {meta.code principal}';
comment on column trap.alert_citation.cited_ivorn is 'IVORN of the other one. {meta.ref.ivoid principal indexed}';
comment on column trap.alert_citation.cited_alert_id is 'The other one; NULL: it has not come. {meta.id.assoc}';
