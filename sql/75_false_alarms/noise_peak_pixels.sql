-- How many peaks of noise have a pixel above a level. A peak lies between the pixels: the highest of them is lower than it by the
-- curvature of the peak at half a pixel or less along each axis. Averaged over where in the pixel a peak lies, the number is less by
-- the square of sqrt(2 pi) / x erf(x / sqrt(8)), x the level times the root of the curvature. Where pixels are so large that they are
-- independent, that gives their number times the tail of the normal distribution.
-- reads: nothing
-- writes: nothing
create function trap.noise_peak_pixels(p_elements double precision, p_pixels double precision, p_level double precision)
returns double precision
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_level constant double precision := greatest(1, p_level);
    v_curvature constant double precision := 8 * ln(2::double precision) * p_elements / p_pixels;
    -- erf(z / sqrt(8)) = 1 - 2 Q(z / 2)
    v_erf constant double precision := 1 - 2 * trap.normal_tail(v_level * sqrt(v_curvature) / 2);
begin
    return trap.noise_peaks(p_elements, v_level) * 2 * pi() * power(v_erf / v_level, 2) / v_curvature;
end;
$$;
comment on function trap.noise_peak_pixels is
'Number [1] of peaks of noise to be expected with a pixel above a level [sigma] in so many elements of resolution and pixels.';
