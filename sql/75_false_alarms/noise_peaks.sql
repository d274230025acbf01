-- How many peaks of noise rise above a level: the mean Euler characteristic of a smooth Gaussian field's excursion set, which at
-- high levels counts its peaks. The area is given in elements of resolution, the square of the FWHM of the noise's autocorrelation
-- R = exp(-4 ln 2 d^2), whose second derivatives are 8 ln 2.
-- Source: Adler 1981, The Geometry of Random Fields, theorem 5.3.1; Bond & Efstathiou 1987, MNRAS 226, 655, section 5.
-- reads: nothing
-- writes: nothing
create function trap.noise_peaks(p_elements double precision, p_level double precision) returns double precision
language sql immutable parallel safe
-- the Euler characteristic counts peaks above 1 sigma only, and below e^-700 PostgreSQL refuses the result as an underflow;
-- of a level that is not known, greatest and least would make one
return p_elements * 8 * ln(2::double precision) / power(2 * pi(), 1.5)
* float8larger(1, p_level) * exp(-0.5 * power(float8smaller(37, float8larger(1, p_level)), 2));
comment on function trap.noise_peaks is
'Number [1] of peaks of noise to be expected above a level [sigma] in so many elements of resolution; an upper bound below 3 sigma.';
