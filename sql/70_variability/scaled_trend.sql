-- The significance of a slope whose error is scaled up to the scatter about the line, where that is larger than the errors of the points
-- say: a source that flickers has a slope by chance, and this separates it from one that changes steadily.
-- Source: Press et al. 1992, Numerical Recipes, section 15.2 (errors from the goodness of fit).
-- reads: nothing
-- writes: nothing
create function trap.scaled_trend(
    p_n integer, p_weighted_m2 double precision, p_time_m2 double precision, p_time_flux double precision
) returns double precision
language sql immutable parallel safe
return case
    when p_n > 2 then
        p_time_flux / sqrt(nullif(p_time_m2, 0))
        / sqrt(greatest(1, (p_weighted_m2 - p_time_flux * p_time_flux / nullif(p_time_m2, 0)) / (p_n - 2)))
end;
comment on function trap.scaled_trend is
'Slope in time over its error scaled to the scatter about the line [sigma], from the number of points and their weighted sums of squares '
'of flux, of time and of their products; NULL for one or two points.';
