-- Whether a source is a monitored position, from its id: of image number 0, since no measurement founded it.
-- reads: nothing
-- writes: nothing
create function trap.is_monitored(p_source_id bigint) returns boolean
language sql immutable parallel safe
return (p_source_id & 17592184995840) = 0;
comment on function trap.is_monitored is 'Whether a source is a monitored position, from its id.';
