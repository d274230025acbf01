-- The bytes of an alert, as they came.
-- reads: trap_data.alert
-- writes: nothing
create function trap.alert_content(p_alert_id bigint) returns bytea
language sql stable parallel safe security definer
begin atomic
select a.content from trap_data.alert as a where a.alert_id = p_alert_id;
end;
comment on function trap.alert_content is
'The bytes of an alert of trap.alert, as they came; of what was refused no more than the first 64 kB.';
