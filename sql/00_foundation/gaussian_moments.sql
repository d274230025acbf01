-- The second moments of an elliptical Gaussian, as FWHM squared: they add under convolution, and subtract under deconvolution.
-- A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.gaussian_moments(p_major double precision, p_minor double precision, p_pa double precision)
returns table (ll double precision, lm double precision, mm double precision)
language sql immutable parallel safe
begin atomic
select
    p_major * p_major * east * east + p_minor * p_minor * north * north,
    (p_major * p_major - p_minor * p_minor) * east * north,
    p_major * p_major * north * north + p_minor * p_minor * east * east
from (select sin(radians(p_pa)) as east, cos(radians(p_pa)) as north offset 0) as axis;
end;
comment on function trap.gaussian_moments is
'Second moments along east, mixed and along north [deg^2] of a Gaussian with axes FWHM [deg] and a position angle [deg].';
