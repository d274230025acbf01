-- Error of the ratio of two flux densities whose noise is independent, to first order.
-- reads: nothing
-- writes: nothing
create function trap.ratio_err(
    p_flux double precision, p_flux_err double precision, p_total double precision, p_total_err double precision
) returns double precision
language sql immutable parallel safe
return sqrt(p_flux_err * p_flux_err + power(p_flux / p_total * p_total_err, 2)) / abs(p_total);
comment on function trap.ratio_err is
'Error [1] of the ratio p_flux / p_total of two flux densities with errors, 1 sigma [all in one unit].';
