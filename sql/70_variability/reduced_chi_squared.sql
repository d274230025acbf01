-- eta: the reduced chi squared of the fluxes about their weighted mean. 0 for a single point.
-- Source: Swinbank et al. 2015, Astronomy and Computing 11, 25, eq. 5.
-- reads: nothing
-- writes: nothing
create function trap.reduced_chi_squared(p_n integer, p_weighted_m2 double precision) returns double precision
language sql immutable parallel safe
return case when p_n > 1 then p_weighted_m2 / (p_n - 1) else 0 end;
comment on function trap.reduced_chi_squared is
'eta [1]: reduced chi squared about the weighted mean, from the number of points and their weighted sum of squared differences.';
