-- The positions of alerts of which the images that are there have not been measured, in the order in which they were asked for.
-- reads: trap_data.alert_position
-- writes: nothing
create function trap.alert_positions_due() returns table (alert_id bigint, dataset text)
language sql stable parallel safe security definer
begin atomic
select p.alert_id, p.dataset_name
from trap_data.alert_position as p
where p.filled_at is null
order by p.alert_id, p.dataset_name;
end;
comment on function trap.alert_positions_due is
'The positions of alerts, by alert and data set, of which the images that are there have not been measured yet.';
