-- What the running fluxes of each source ought to be, from its points, in two passes. Of all sources, or of some.
-- reads: trap.association, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.recomputed_flux(p_dataset_id integer, p_source_ids bigint[])
returns table (
    source_id bigint, band_id bigint, stokes text, n integer,
    int_mean double precision, int_m2 double precision,
    int_weight double precision, int_weighted_mean double precision, int_weighted_m2 double precision,
    peak_mean double precision, peak_m2 double precision,
    peak_weight double precision, peak_weighted_mean double precision, peak_weighted_m2 double precision
)
language sql stable
begin atomic
with point as (
    select
        p.source_id, i.band_id, i.stokes::text as stokes,
        m.int_flux, 1 / (m.int_flux_err * m.int_flux_err) as int_weight,
        m.peak_flux, 1 / (m.peak_flux_err * m.peak_flux_err) as peak_weight
    from trap.association as p
    inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
    where p.dataset_id = p_dataset_id and m.usable and (p_source_ids is null or p.source_id = any(p_source_ids))
),

mean as (
    select
        p.source_id, p.band_id, p.stokes, count(*)::integer as n,
        avg(p.int_flux) as int_mean, sum(p.int_weight) as int_weight,
        sum(p.int_weight * p.int_flux) / sum(p.int_weight) as int_weighted_mean,
        avg(p.peak_flux) as peak_mean, sum(p.peak_weight) as peak_weight,
        sum(p.peak_weight * p.peak_flux) / sum(p.peak_weight) as peak_weighted_mean
    from point as p
    group by p.source_id, p.band_id, p.stokes
)

select
    a.source_id, a.band_id, a.stokes, a.n,
    a.int_mean, sum(power(p.int_flux - a.int_mean, 2)),
    a.int_weight, a.int_weighted_mean, sum(p.int_weight * power(p.int_flux - a.int_weighted_mean, 2)),
    a.peak_mean, sum(power(p.peak_flux - a.peak_mean, 2)),
    a.peak_weight, a.peak_weighted_mean, sum(p.peak_weight * power(p.peak_flux - a.peak_weighted_mean, 2))
from mean as a
inner join point as p on a.source_id = p.source_id and a.band_id = p.band_id and a.stokes = p.stokes
group by
    a.source_id, a.band_id, a.stokes, a.n, a.int_mean, a.int_weight, a.int_weighted_mean,
    a.peak_mean, a.peak_weight, a.peak_weighted_mean;
end;
comment on function trap.recomputed_flux is
'The running fluxes of sources, recomputed from their points; of all sources of the data set if p_source_ids is NULL.';
