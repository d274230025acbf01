-- What the running fluxes of each source ought to be, from its points, in two passes. Of all sources, or of some.
-- Or what of these fluxes is of points that became known with an image or later, which trap.known_point wants unpacked.
-- Summed in the order in which the points were measured: the last digits do not depend on the plan or on where rows lie.
-- Rows of the table itself: one that lacks a sum would not compile.
-- reads: trap.curve_point, trap_data.association, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.recomputed_flux(p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint default null)
returns setof trap_data.source_flux
language sql stable parallel safe
begin atomic
with point as (
    select
        p.source_id, i.band_id, i.stokes, p.measurement_id,
        m.int_flux, m.int_flux_err::double precision as int_flux_err,
        1 / power(m.int_flux_err::double precision, 2) as int_weight,
        m.peak_flux, m.peak_flux_err::double precision as peak_flux_err,
        1 / power(m.peak_flux_err::double precision, 2) as peak_weight,
        sign.is_either, trap.brightness(sign.is_either, m.peak_flux) as brightness, m.kind = 'blind' as is_blind,
        trap.brightness(sign.is_either, coalesce(m.peak_flux_raw / m.local_rms, m.snr))::real as snr,
        trap.days_since_2000(i.taken_at) as taken
    from trap.known_point(p_dataset_id, p_source_ids, p_known_image_id) as p
    inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    cross join lateral (select trap.has_either_sign(i.stokes, i.signed) as is_either) as sign
    where m.usable
),

summed as (
    select
        p.*,
        avg(p.int_flux) over curve as int_mean, sum(p.int_weight) over curve as int_sum,
        sum(p.int_weight * p.int_flux) over curve / sum(p.int_weight) over curve as int_weighted_mean,
        avg(p.peak_flux) over curve as peak_mean, sum(p.peak_weight) over curve as peak_sum,
        sum(p.peak_weight * p.peak_flux) over curve / sum(p.peak_weight) over curve as peak_weighted_mean,
        sum(p.peak_weight * p.taken) over curve / sum(p.peak_weight) over curve as time_mean
    from point as p
    window
        curve as (
            partition by p.source_id, p.band_id, p.stokes order by p.measurement_id
            rows between unbounded preceding and unbounded following
        )
)

-- means and weights are the same in all rows of a curve
select
    p_dataset_id, s.source_id, s.band_id, s.stokes, count(*)::integer,
    min(s.int_mean), sum(power(s.int_flux - s.int_mean, 2)),
    min(s.int_sum), min(s.int_weighted_mean), sum(s.int_weight * power(s.int_flux - s.int_weighted_mean, 2)),
    min(s.peak_mean), sum(power(s.peak_flux - s.peak_mean, 2)),
    min(s.peak_sum), min(s.peak_weighted_mean), sum(s.peak_weight * power(s.peak_flux - s.peak_weighted_mean, 2)),
    (count(*) filter (where s.is_blind))::integer, max(s.snr) filter (where s.is_blind),
    sum(s.int_flux_err * s.int_flux_err), sum(s.peak_flux_err * s.peak_flux_err),
    (array_agg(s.peak_flux order by s.brightness desc, s.measurement_id))[1],
    (array_agg(s.peak_flux_err order by s.brightness desc, s.measurement_id))[1],
    (array_agg(s.measurement_id order by s.brightness desc, s.measurement_id))[1],
    min(s.time_mean), sum(s.peak_weight * power(s.taken - s.time_mean, 2)),
    sum(s.peak_weight * (s.taken - s.time_mean) * (s.peak_flux - s.peak_weighted_mean)),
    bool_or(s.is_either)
from summed as s
group by s.source_id, s.band_id, s.stokes;
end;
comment on function trap.recomputed_flux is
'The running fluxes of sources, recomputed from their points, all or those known with an image or later; of all sources of the data set '
'if p_source_ids is NULL.';
