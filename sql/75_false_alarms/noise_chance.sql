-- The chance that noise made at least one peak where so many are expected, by Poisson's distribution.
-- reads: nothing
-- writes: nothing
create function trap.noise_chance(p_expected double precision) returns double precision
language sql immutable parallel safe
-- a small number less its square half, since 1 - exp would lose its digits; least would make 1 of a number that is not known
return case when p_expected < 1e-8 then p_expected else 1 - exp(-float8smaller(p_expected, 700)) end;
comment on function trap.noise_chance is 'Chance [1] of one false detection or more where this number is expected [1].';
