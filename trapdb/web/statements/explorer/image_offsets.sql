-- How far each image lies off the catalogue, and its flux scale, by the brightest sources of Stokes I in each band: as
-- trap.image_offset and trap.image_flux_scale have them of all sources, which read the light curves of the data set whole.
with shown as materialized (
    select image_id, taken_at, band_id, stokes
    from trap.image
    where
        status = 'accepted' and image_id > trap.numbered_id(%(dataset_id)s, 0)
        and image_id < trap.numbered_id(%(dataset_id)s + 1, 0)
    order by image_id desc
    limit %(most)s
),

bright as materialized (
    select v.*, s.ra, s.dec, s.n_blind
    from trap.band as b
    cross join lateral (
        select f.source_id, f.band_id, f.int_flux_weighted_mean as flux
        from trap.variability as f
        where f.dataset_id = %(dataset_id)s and f.band_id = b.band_id and f.stokes = 'I' and f.n > 1
        order by f.peak_flux_weighted_mean desc
        limit %(sources)s
    ) as v
    inner join trap.running_catalogue as s on s.dataset_id = %(dataset_id)s and v.source_id = s.source_id
    where b.dataset_id = %(dataset_id)s and not s.monitored
),

point as (
    select
        p.image_id,
        case when s.n_blind > 1 then o.east * 3600 end as east,
        case when s.n_blind > 1 then o.north * 3600 end as north,
        case when p.snr >= 10 and s.flux > 0 then p.int_flux / s.flux end as ratio
    from bright as s
    cross join lateral (
        select c.image_id, c.band_id, c.ra, c.dec, c.int_flux, c.int_flux / c.int_flux_err as snr
        from trap.lightcurve as c
        where
            c.dataset_id = %(dataset_id)s and c.source_id = s.source_id and c.stokes = 'I' and c.kind = 'blind' and c.usable
            and not c.inherited and c.image_id >= (select min(image_id) from shown)
    ) as p
    cross join lateral trap.tangent_offset(s.ra, s.dec, p.ra, p.dec) as o
    where p.band_id = s.band_id
),

middle as (
    select
        image_id, count(east) as n, count(ratio) as n_ratio,
        percentile_cont(array[0.25, 0.5, 0.75]::double precision[]) within group (order by east) as east,
        percentile_cont(array[0.25, 0.5, 0.75]::double precision[]) within group (order by north) as north,
        percentile_cont(array[0.25, 0.5, 0.75]::double precision[]) within group (order by ratio) as ratio
    from point
    group by image_id
)

-- the quartiles of a normal distribution are 1.349 standard deviations apart, and a median scatters by sqrt(pi / 2) more than a mean
select
    i.image_id, i.taken_at, i.band_id, m.n,
    m.east[2] as east, 1.2533 * (m.east[3] - m.east[1]) / 1.349 / sqrt(nullif(m.n, 0)) as east_err,
    m.north[2] as north, 1.2533 * (m.north[3] - m.north[1]) / 1.349 / sqrt(nullif(m.n, 0)) as north_err,
    m.ratio[2] as ratio, 1.2533 * (m.ratio[3] - m.ratio[1]) / 1.349 / sqrt(nullif(m.n_ratio, 0)) as ratio_err
from shown as i
left join middle as m on i.image_id = m.image_id
where i.stokes = 'I'
order by i.image_id;
