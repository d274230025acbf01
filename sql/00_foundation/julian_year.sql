-- A time as an epoch in Julian years, as catalogues give it.
-- reads: nothing
-- writes: nothing
create function trap.julian_year(p_at timestamptz) returns double precision
language sql immutable parallel safe
return 2000 + extract(epoch from p_at - timestamptz '2000-01-01 12:00:00+00')::double precision / (365.25 * 86400);
comment on function trap.julian_year is 'Julian epoch of a time [yr]; 2000.0 is 2000-01-01T12:00.';
