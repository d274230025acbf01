-- All pairs of points of a source in a band: how significant the change from one to the other is, and how large.
-- V_s is the difference over its error, m the difference over the mean; both are those of the later point less the earlier.
-- Source: Mooley et al. 2016, ApJ 818, 105, eqs. 1 and 2.
-- reads: trap.lightcurve
-- writes: nothing
create function trap.pair_metric(p_source_id bigint)
returns table (
    band_id bigint, stokes text, measurement_id_1 bigint, measurement_id_2 bigint, taken_at_1 timestamptz, taken_at_2 timestamptz,
    v_s_int double precision, m_int double precision, v_s_peak double precision, m_peak double precision
)
language sql stable parallel safe
begin atomic
with point as materialized (
    select c.* from trap.lightcurve_of(p_source_id) as c
    where c.usable
)

select
    a.band_id, a.stokes, a.measurement_id, b.measurement_id, a.taken_at, b.taken_at,
    (b.int_flux - a.int_flux) / sqrt(a.int_flux_err * a.int_flux_err + b.int_flux_err * b.int_flux_err),
    2 * (b.int_flux - a.int_flux) / nullif(a.int_flux + b.int_flux, 0),
    (b.peak_flux - a.peak_flux) / sqrt(a.peak_flux_err * a.peak_flux_err + b.peak_flux_err * b.peak_flux_err),
    2 * (b.peak_flux - a.peak_flux) / nullif(a.peak_flux + b.peak_flux, 0)
from point as a
inner join point as b
    on a.band_id = b.band_id and a.stokes = b.stokes and (a.taken_at, a.measurement_id) < (b.taken_at, b.measurement_id)
order by a.band_id, a.stokes, a.taken_at, a.measurement_id, b.taken_at, b.measurement_id;
end;
comment on function trap.pair_metric is
'All pairs of usable points of a source in a band, earlier and later: V_s, the change over its error [sigma], and m, the change over the '
'mean [1], of the integrated and of the peak flux density; m is NULL where the mean is 0.';
