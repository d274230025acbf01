-- The second moments of an elliptical Gaussian, as FWHM squared: they add under convolution, and subtract under deconvolution.
-- A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.gaussian_moments(p_major double precision, p_minor double precision, p_pa double precision)
returns table (ll double precision, lm double precision, mm double precision)
language sql immutable parallel safe
begin atomic
select
    power(p_major * sin(radians(p_pa)), 2) + power(p_minor * cos(radians(p_pa)), 2),
    (p_major * p_major - p_minor * p_minor) * sin(radians(p_pa)) * cos(radians(p_pa)),
    power(p_major * cos(radians(p_pa)), 2) + power(p_minor * sin(radians(p_pa)), 2);
end;
comment on function trap.gaussian_moments is
'Second moments along east, mixed and along north [deg^2] of a Gaussian with axes FWHM [deg] and a position angle [deg].';
