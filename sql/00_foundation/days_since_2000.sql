-- A time as a number, so that trends can be summed.
-- reads: nothing
-- writes: nothing
create function trap.days_since_2000(p_at timestamptz) returns double precision
language sql immutable parallel safe
return extract(epoch from p_at - timestamptz '2000-01-01 00:00:00+00')::double precision / 86400;
comment on function trap.days_since_2000 is 'Days since 2000-01-01 00:00 UTC [d].';
