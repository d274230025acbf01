-- Notes that the images of a data set have been measured at the position of an alert.
-- reads: nothing
-- writes: trap_data.alert_position
create function trap.alert_filled(p_alert_id bigint, p_dataset text) returns void
language sql volatile security definer
begin atomic
update trap_data.alert_position as p
set filled_at = clock_timestamp()
where p.alert_id = p_alert_id and p.dataset_name = p_dataset;
end;
comment on function trap.alert_filled is 'Notes that the images of a data set have been measured at the position of an alert.';
