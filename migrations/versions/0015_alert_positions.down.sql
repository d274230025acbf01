-- Takes away the rules, and which positions are of alerts. The positions themselves, and what was measured there, stay.
drop table trap_data.alert_position;
drop table trap_data.alert_rule;
