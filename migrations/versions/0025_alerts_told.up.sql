-- A watch where the event of an alert was, and what it finds, belongs to the alert by its number, whatever the watch is called.
alter table trap_data.watch add column alert_id bigint references trap_data.alert;
comment on column trap_data.watch.alert_id is 'Alert where whose event was it watches; NULL: none.';
alter table trap_data.event add column alert_id bigint references trap_data.alert;
create index event_alert_idx on trap_data.event (alert_id) where alert_id is not null;
comment on column trap_data.event.alert_id is 'Alert where whose event was the watch watches; NULL: none.';

update trap_data.watch as w set alert_id = a.alert_id
from trap_data.alert as a
where w.name ~ '^alert_[1-9][0-9]{0,17}$' and a.alert_id = substring(w.name from '^alert_([0-9]{1,18})$')::bigint and a.state = 'accepted';
update trap_data.event as e set alert_id = a.alert_id
from trap_data.alert as a
where
    e.watch_name ~ '^alert_[1-9][0-9]{0,17}$' and a.alert_id = substring(e.watch_name from '^alert_([0-9]{1,18})$')::bigint
    and a.state = 'accepted';

alter table trap_data.alert add column unread text check (unread <> '');
comment on column trap_data.alert.unread is 'What it tells and could not be read, such as its time, in words; NULL: nothing, or it is from before that was kept.';
