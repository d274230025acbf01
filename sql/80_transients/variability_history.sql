-- The variability of one source after each of its points, in the order in which the points became known: what the catalogue held
-- at the time. Computed over the light curve; nothing of it is stored.
-- reads: trap.curve_point, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.variability_history(p_source_id bigint)
returns table (
    measurement_id bigint, taken_at timestamptz, band_id bigint, stokes text, n bigint,
    v_int double precision, eta_int double precision, v_peak double precision, eta_peak double precision
)
language sql stable security definer
begin atomic
-- the forced fits of a time step become known with its last image, after the blind ones: kinds sort in this order
with flux as (
    select
        p.measurement_id, p.known_image_id, m.kind, i.taken_at, i.band_id, i.stokes::text as stokes, m.int_flux,
        1 / (m.int_flux_err * m.int_flux_err) as weight,
        -- about the first value, so that the sums of squares do not cancel
        m.int_flux - first_value(m.int_flux) over (
            partition by i.band_id, i.stokes order by p.known_image_id, m.kind, p.measurement_id
        ) as offset_flux,
        m.peak_flux,
        1 / (m.peak_flux_err * m.peak_flux_err) as peak_weight,
        m.peak_flux - first_value(m.peak_flux) over (
            partition by i.band_id, i.stokes order by p.known_image_id, m.kind, p.measurement_id
        ) as offset_peak
    from trap.curve_point as p
    inner join trap_data.measurement as m
        on m.dataset_id = trap.dataset_of_source(p_source_id) and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
    where p.dataset_id = trap.dataset_of_source(p_source_id) and p.source_id = p_source_id and m.usable
)

select
    f.measurement_id, f.taken_at, f.band_id, f.stokes,
    count(*) over so_far,
    case
        when count(*) over so_far > 1 then
            stddev_samp(f.int_flux) over so_far / nullif(trap.brightness(f.stokes, avg(f.int_flux) over so_far), 0)
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
            stddev_samp(f.peak_flux) over so_far / nullif(trap.brightness(f.stokes, avg(f.peak_flux) over so_far), 0)
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
