-- The last footprints of data sets.
select r.*
from unnest(%(dataset_ids)s::integer[]) as d (dataset_id)
cross join lateral (
    select
        s.dataset_id,
        s.ra,
        s.dec,
        s.radius,
        s.vertex_ra,
        s.vertex_dec
    from trap.sky_region as s
    where s.dataset_id = d.dataset_id
    order by s.sky_region_id desc
    limit %(most)s
) as r;
