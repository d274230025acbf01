-- How far one of n points lies above the weighted mean of all others, in the error of that difference. The others' sums are all
-- points' less its own: of weights W and w, (f - mean) W / (W - w) over sqrt(1 / w + 1 / (W - w)) is what stands below.
-- reads: nothing
-- writes: nothing
create function trap.outlier_significance(
    p_n integer, p_weight double precision, p_weighted_mean double precision, p_flux double precision, p_flux_err double precision
) returns double precision
language sql immutable parallel safe
return case
    when p_n > 1 then
        (p_flux - p_weighted_mean) / p_flux_err
        * sqrt(p_weight / nullif(greatest(0, p_weight - 1 / (p_flux_err * p_flux_err)), 0))
end;
comment on function trap.outlier_significance is
'How far [sigma] one point lies above the weighted mean of the n - 1 others, from the number of all points, their sum of weights and '
'weighted mean, and its flux density and error; NULL for a single point.';
