-- The shape of a source without the beam, from the mean moments of its fits less beam: unknown where the fits do not distinguish it
-- from a point. They do if the sum of the squared axes is above 5 of its errors, and the fitted area more than a tenth
-- above the beam's: fits of faint points come out a little large, however many they are (by 3 / (S/N)^2 of the beam's squared axes).
-- The error of a fitted axis is taken as FWHM / (sqrt(2) S/N), that of noise correlated as the beam.
-- A table function of one row, so that it is inlined beside a join.
-- reads: nothing
-- writes: nothing
create function trap.mean_shape(
    p_weight double precision, p_ll double precision, p_lm double precision, p_mm double precision,
    p_beam_major double precision, p_beam_minor double precision, p_beam_pa double precision
) returns table (deconvolved_major double precision, deconvolved_minor double precision, deconvolved_pa double precision)
language sql immutable parallel safe
begin atomic
select
    case when resolved then sqrt(mean + half_difference) end,
    -- an axis that noise made smaller than the beam is none
    case when resolved then sqrt(greatest(mean - half_difference, 0)) end,
    case when resolved then pa - 180 * floor(pa / 180) end
from (
    select
        (p_ll + p_mm) / 2 as mean,
        sqrt(power((p_mm - p_ll) / 2, 2) + p_lm * p_lm) as half_difference,
        degrees(atan2(2 * p_lm, p_mm - p_ll)) / 2 as pa,
        -- to first order the area grows by half of what the squared axes do
        p_ll + p_mm > 2 * 0.1 * p_beam_major * p_beam_minor
        -- an error of axis / (sqrt(2) S/N) is one of sqrt(2) axis^2 / (S/N) in its square; the weights are the (S/N)^2
        and p_ll + p_mm > 5 * sqrt(
            2 / nullif(p_weight, 0) * (power(beam.ll + p_ll, 2) + 2 * power(beam.lm + p_lm, 2) + power(beam.mm + p_mm, 2))
        ) as resolved
    from trap.gaussian_moments(p_beam_major, p_beam_minor, p_beam_pa) as beam
    offset 0
) as excess;
end;
comment on function trap.mean_shape is
'FWHM and position angle [deg] of a source without the beam, from the mean second moments of its fits less beam [deg^2] and the sum '
'of their squared S/N [1]; NULL where it cannot be distinguished from a point as seen with the beam [deg].';
