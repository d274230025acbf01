-- How many peaks of noise are as high as an S/N and have a pixel above the detection threshold: for each of 64 places that a peak can have
-- in its pixel, the rarer of both, on average. At the threshold that is noise_peak_pixels, well above it noise_peaks.
-- reads: nothing
-- writes: nothing
create function trap.noise_peaks_detected(
    p_elements double precision, p_pixels double precision, p_threshold double precision, p_snr double precision
) returns double precision
language sql immutable parallel safe
begin atomic
select
    avg(least(
        trap.noise_peaks(p_elements, p_snr),
        -- a peak is lower at its pixel by the curvature, 8 ln 2 a squared FWHM; what is left when it has to be that much higher
        trap.noise_peaks(p_elements, p_threshold) * exp(greatest(
            -100,
            -4 * ln(2::double precision) * p_elements / p_pixels * power(p_threshold, 2)
            * (power((x.n + 0.5) / 16, 2) + power((y.n + 0.5) / 16, 2))
        ))
    ))
from generate_series(0, 7) as x (n)
cross join generate_series(0, 7) as y (n);
end;
comment on function trap.noise_peaks_detected is
'Number [1] of detections of at least this S/N [1] that noise is expected to make in so many elements of resolution and pixels with this '
'detection threshold [1].';
