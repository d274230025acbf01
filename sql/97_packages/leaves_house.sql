-- Does a task tell the world of an event? Those that do not are named: whatever else there is, does.
-- reads: nothing
-- writes: nothing
create function trap.leaves_house(p_kind text) returns boolean
language sql immutable parallel safe
return p_kind not in ('file', 'stamps', 'monitor', 'rerun');
comment on function trap.leaves_house is 'Whether a task of this kind tells the world of an event: only of what is real it may.';
