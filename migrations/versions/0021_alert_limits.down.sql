-- Takes the limits away; positions stay.
drop index trap_data.alert_refused_idx;
alter table trap_data.alert_rule drop column per_day;
alter table trap_data.alert_position drop column rule_name;
