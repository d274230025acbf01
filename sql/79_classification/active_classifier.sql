-- The classifier by which the sources of a data set are classified in each time step, if there is one.
-- reads: trap_data.active_classifier, trap_data.classifier, trap_data.dataset
-- writes: nothing
create function trap.active_classifier(p_dataset_id integer) returns text
language sql stable parallel safe
begin atomic
select k.name
from trap_data.dataset as d
inner join trap_data.active_classifier as a on a.dataset_name = d.name or a.dataset_name is null
inner join trap_data.classifier as k on a.classifier_id = k.classifier_id
where d.dataset_id = p_dataset_id
order by a.dataset_name nulls last
limit 1;
end;
comment on function trap.active_classifier is
'Name of the classifier that is active for a data set: its own, or that of all which have none of their own; NULL: there is none.';
