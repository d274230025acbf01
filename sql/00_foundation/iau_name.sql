-- A source's name after its position, truncated, not rounded, as the IAU asks.
-- Source: IAU Commission 5, Specifications concerning designations for astronomical radiation sources.
-- reads: nothing
-- writes: nothing
create function trap.iau_name(p_ra double precision, p_dec double precision) returns text
language sql immutable parallel safe
begin atomic
select
    'J' || to_char(ra_tenths / 36000, 'FM00') || to_char(ra_tenths / 600 % 60, 'FM00') || to_char(ra_tenths % 600 / 10, 'FM00')
    || '.' || (ra_tenths % 10)::text
    || case when p_dec < 0 then '-' else '+' end
    || to_char(dec_seconds / 3600, 'FM00') || to_char(dec_seconds / 60 % 60, 'FM00') || to_char(dec_seconds % 60, 'FM00')
from (
    select floor(p_ra * 2400 + 1e-6)::bigint as ra_tenths, floor(abs(p_dec) * 3600 + 1e-6)::bigint as dec_seconds
) as truncated;
end;
comment on function trap.iau_name is 'Name Jhhmmss.s+ddmmss of a position; arguments in deg.';
