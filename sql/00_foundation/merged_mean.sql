-- The mean of two samples together, from their means and weights (or counts).
-- Source: Chan, Golub & LeVeque 1983, The American Statistician 37, 242, eq. 2.1a; with one value on one side, Welford 1962.
-- reads: nothing
-- writes: nothing
create function trap.merged_mean(
    p_weight_1 double precision, p_mean_1 double precision, p_weight_2 double precision, p_mean_2 double precision
) returns double precision
language sql immutable parallel safe
return p_mean_1 + (p_mean_2 - p_mean_1) * (p_weight_2 / (p_weight_1 + p_weight_2));
comment on function trap.merged_mean is 'Mean of two samples together, in the unit of the means [as given].';
