-- The brightest sources of a data set.
select
    s.source_id, s.name, s.ra, s.dec, max(v.peak_flux_weighted_mean) as flux
from (
    select source_id, peak_flux_weighted_mean
    from trap.variability
    where dataset_id = %(dataset_id)s and stokes = 'I'
    order by peak_flux_weighted_mean desc
    limit %(most)s
) as v
inner join trap.running_catalogue as s on s.dataset_id = %(dataset_id)s and v.source_id = s.source_id
where not s.monitored
group by s.source_id, s.name, s.ra, s.dec
order by flux desc;
