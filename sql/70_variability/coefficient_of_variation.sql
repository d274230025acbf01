-- V: the sample standard deviation of the fluxes over their mean. 0 for a single point; NULL where the mean is 0.
-- Source: Swinbank et al. 2015, Astronomy and Computing 11, 25, eq. 4.
-- reads: nothing
-- writes: nothing
create function trap.coefficient_of_variation(p_n integer, p_mean double precision, p_m2 double precision) returns double precision
language sql immutable parallel safe
return case when p_n > 1 then sqrt(p_m2 / (p_n - 1)) / nullif(p_mean, 0) else 0 end;
comment on function trap.coefficient_of_variation is
'V [1]: sample standard deviation over mean, from the number of points, their mean and their sum of squared differences.';
