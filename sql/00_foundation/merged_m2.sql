-- The sum of squared differences from the mean of two samples together; never negative, whatever the rounding.
-- Source: Chan, Golub & LeVeque 1983, The American Statistician 37, 242, eq. 2.1b; with one value on one side, Welford 1962.
-- reads: nothing
-- writes: nothing
create function trap.merged_m2(
    p_weight_1 double precision, p_mean_1 double precision, p_m2_1 double precision,
    p_weight_2 double precision, p_mean_2 double precision, p_m2_2 double precision
) returns double precision
language sql immutable parallel safe
return p_m2_1 + p_m2_2
+ (p_mean_2 - p_mean_1) * (p_mean_2 - p_mean_1) * (p_weight_1 * (p_weight_2 / (p_weight_1 + p_weight_2)));
comment on function trap.merged_m2 is
'Weighted sum of squared differences from the mean of two samples together [as given].';
