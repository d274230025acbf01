-- The reduced chi squared of the points but one: taking a point away lowers the weighted sum of squares by the square of its
-- significance as an outlier.
-- reads: nothing
-- writes: nothing
create function trap.rest_reduced_chi_squared(
    p_n integer, p_weighted_m2 double precision, p_outlier_significance double precision
) returns double precision
language sql immutable parallel safe
return case
    when p_n > 2 then greatest(0, p_weighted_m2 - power(p_outlier_significance, 2)) / (p_n - 2)
    when p_n = 2 then 0
end;
comment on function trap.rest_reduced_chi_squared is
'Reduced chi squared [1] without one of n points, from the weighted sum of squares of all and its significance as an outlier; 0 where '
'one point remains, NULL where none does.';
