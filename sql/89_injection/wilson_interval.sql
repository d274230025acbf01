-- The interval of one sigma, 68 %, for the chance of something that happened in k of n cases.
-- Source: Wilson 1927, JASA 22, 209 (doi:10.1080/01621459.1927.10502953), with z = 1.
-- reads: nothing
-- writes: nothing
create function trap.wilson_interval(p_k bigint, p_n bigint, out low double precision, out high double precision)
language sql immutable parallel safe
begin atomic
select
    greatest(0, m.middle - m.half) as low,
    least(1, m.middle + m.half) as high
from (
    select
        (p_k + 0.5::double precision) / (p_n + 1) as middle,
        sqrt(p_k::double precision * (p_n - p_k) / p_n + 0.25) / (p_n + 1) as half
    where p_n > 0
) as m;
end;
comment on function trap.wilson_interval is
'Lower and upper bound, of one sigma, of the chance [1] of what happened in p_k [1] of p_n [1] cases, after Wilson; NULL for none.';
