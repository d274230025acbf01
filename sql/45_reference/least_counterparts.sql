-- How many counterparts tell the systematic errors of an image: with fewer, one wrong among them would count for too much.
-- reads: nothing
-- writes: nothing
create function trap.least_counterparts() returns integer
language sql immutable parallel safe
return 5;
comment on function trap.least_counterparts is 'How many counterparts an image needs for its offset, or its flux scale, to be told from them.';
