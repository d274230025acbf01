-- The modulation index less what the errors bring: the root of the variance less the mean squared error, over the mean. Where the
-- scatter is smaller than the errors the difference is negative; its sign is kept, so that steady sources scatter about 0.
-- Source: Akritas & Bershady 1996, ApJ 470, 706, section 3; Barvainis et al. 2005, ApJ 618, 108, eq. 1 (with n for n - 1).
-- reads: nothing
-- writes: nothing
create function trap.debiased_modulation(
    p_n integer, p_mean double precision, p_m2 double precision, p_variance_sum double precision
) returns double precision
language sql immutable parallel safe
return case
    when p_n > 1 then
        sign(p_m2 / (p_n - 1) - p_variance_sum / p_n) * sqrt(abs(p_m2 / (p_n - 1) - p_variance_sum / p_n)) / nullif(p_mean, 0)
end;
comment on function trap.debiased_modulation is
'Modulation index [1] less the part of the errors, from the number of points, their mean, sum of squared differences and sum of squared '
'errors; negative where the scatter is smaller than the errors, NULL for a single point or a mean of 0.';
