-- The variability of one source after each of its points, in the order in which the points became known: what the catalogue held
-- at the time. Computed over the light curve; nothing of it is stored.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.variability_history(p_source_id bigint)
returns table (
    measurement_id bigint, taken_at timestamptz, band_id bigint, stokes text, n bigint,
    v_int double precision, eta_int double precision, v_peak double precision, eta_peak double precision
)
language sql stable parallel safe security definer
begin atomic
-- the forced fits of a time step become known with its last image, after the blind ones: kinds sort in this order
with flux as (
    select
        p.measurement_id, p.known_image_id, p.kind, p.taken_at, p.band_id, p.stokes::text as stokes,
        trap.has_either_sign(i.stokes, i.signed) as either_sign, p.int_flux,
        1 / (p.int_flux_err * p.int_flux_err) as weight,
        -- about the first value, so that the sums of squares do not cancel
        p.int_flux - first_value(p.int_flux) over (
            partition by p.band_id, p.stokes order by p.known_image_id, p.kind, p.measurement_id
        ) as offset_flux,
        p.peak_flux,
        1 / (p.peak_flux_err * p.peak_flux_err) as peak_weight,
        p.peak_flux - first_value(p.peak_flux) over (
            partition by p.band_id, p.stokes order by p.known_image_id, p.kind, p.measurement_id
        ) as offset_peak
    from trap.flux_point(p_source_id) as p
    inner join trap_data.image as i on i.image_id = trap.image_of(p.measurement_id)
    where p.usable
)

select
    f.measurement_id, f.taken_at, f.band_id, f.stokes,
    count(*) over so_far,
    case
        when count(*) over so_far > 1 then
            stddev_samp(f.int_flux) over so_far / nullif(trap.brightness(f.either_sign, avg(f.int_flux) over so_far), 0)
        else 0
    end,
    case
        when count(*) over so_far > 1 then greatest(
            0,
            sum(f.weight * f.offset_flux * f.offset_flux) over so_far
            - power(sum(f.weight * f.offset_flux) over so_far, 2) / sum(f.weight) over so_far
        ) / (count(*) over so_far - 1)
        else 0
    end,
    case
        when count(*) over so_far > 1 then
            stddev_samp(f.peak_flux) over so_far / nullif(trap.brightness(f.either_sign, avg(f.peak_flux) over so_far), 0)
        else 0
    end,
    case
        when count(*) over so_far > 1 then greatest(
            0,
            sum(f.peak_weight * f.offset_peak * f.offset_peak) over so_far
            - power(sum(f.peak_weight * f.offset_peak) over so_far, 2) / sum(f.peak_weight) over so_far
        ) / (count(*) over so_far - 1)
        else 0
    end
from flux as f
window so_far as (partition by f.band_id, f.stokes order by f.known_image_id, f.kind, f.measurement_id)
order by f.known_image_id, f.kind, f.measurement_id;
end;
comment on function trap.variability_history is
'n, V [1] and eta [1] of the integrated and of the peak flux density of a source after each of its points in a band, in the order in which '
'they became known.';
