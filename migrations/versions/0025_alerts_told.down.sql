-- Takes the columns away; watches and events keep their names.
alter table trap_data.alert drop column unread;
drop index trap_data.event_alert_idx;
alter table trap_data.event drop column alert_id;
alter table trap_data.watch drop column alert_id;
