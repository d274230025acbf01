-- Takes away the alerts that came from others, with their texts: brokers do not send them again.
drop table trap_data.alert_citation;
drop table trap_data.alert;
