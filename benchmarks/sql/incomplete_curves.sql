-- How many points a source lacks, usable or failed, in the accepted images whose footprint covers its place.
select s.source_id, count(*) as missing
from trap_data.dataset as d
inner join trap_data.source as s on d.dataset_id = s.dataset_id
inner join trap_data.image as i on d.dataset_id = i.dataset_id and i.status = 'accepted'
inner join trap_data.sky_region as r on d.dataset_id = r.dataset_id and i.sky_region_id = r.sky_region_id
where
    d.name = %(dataset)s
    and trap.region_covers(r.ra, r.dec, r.radius, r.polygon, s.ra, s.dec)
    and not exists (
        select
        from trap.curve_point as a
        where
            a.dataset_id = d.dataset_id and a.source_id = s.source_id
            and trap.image_of(a.measurement_id) = i.image_id
    )
group by s.source_id
order by s.source_id;
