-- Anybody may send alerts: what they bring about has an end.
-- of what was refused the last are kept
create index alert_refused_idx on trap_data.alert (alert_id) where state = 'refused';

alter table trap_data.alert_rule add column per_day integer not null default 20 check (per_day > 0);
comment on column trap_data.alert_rule.per_day is 'How many positions it asks for in 24 hours, at most [1].';

alter table trap_data.alert_position add column rule_name text;
create index alert_position_rule_idx on trap_data.alert_position (rule_name, asked_at);
comment on column trap_data.alert_position.rule_name is 'Rule that asked for it, which may be removed; NULL: a user did.';
