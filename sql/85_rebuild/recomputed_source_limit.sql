-- The limits that the images before its time step set to each source that is new, from these images themselves.
-- reads: trap_data.image, trap_data.image_noise
-- writes: nothing
create function trap.recomputed_source_limit(p_dataset_id integer)
returns table (
    source_id bigint, limiting_image_id bigint, limiting_rms_min double precision, limiting_rms_max double precision,
    detection_threshold double precision, covering_images integer, local_limit double precision
)
language sql stable parallel safe
begin atomic
with place as materialized (
    select f.*
    from trap.founding_place(p_dataset_id) as f
),

deepest as (
    select distinct on (p.source_id)
        p.source_id, e.image_id, e.rms_min, e.rms_max, e.detection_threshold,
        (count(*) over (partition by p.source_id))::integer as covering_images
    from place as p
    inner join trap_data.image as e
        on e.dataset_id = p_dataset_id and p.sky_region_id = e.sky_region_id and p.band_id = e.band_id and p.stokes = e.stokes
        and p.taken_at > e.taken_at
    where e.status = 'accepted'
    order by p.source_id, e.rms_min * e.detection_threshold, e.rms_max * e.detection_threshold, e.image_id
),

noise as materialized (
    select q.*
    from trap.recomputed_noise(p_dataset_id) as q
),

-- of each grid the map before the time step: the maps themselves are joined afterwards
before as (
    select
        p.source_id, p.ra, p.dec, max(q.image_id) as image_id
    from place as p
    inner join noise as q
        on p.sky_region_id = q.sky_region_id and p.band_id = q.band_id and p.stokes = q.stokes and p.taken_at > q.taken_at
    group by p.source_id, p.ra, p.dec, q.sky_region_id, q.detection_threshold, q.grid_image_id
),

quietest as (
    select b.source_id, min(q.detection_threshold * local.rms) as local_limit
    from before as b
    inner join noise as q on b.image_id = q.image_id
    inner join trap_data.image as grid on q.grid_image_id = grid.image_id
    inner join trap_data.image_noise as n on q.grid_image_id = n.image_id
    cross join lateral trap.interpolated_rms(grid.ra, grid.dec, n.l0, n.m0, n.dl, n.dm, q.rms_min, b.ra, b.dec) as local
    group by b.source_id
)

select d.source_id, d.image_id, d.rms_min, d.rms_max, d.detection_threshold, d.covering_images, q.local_limit
from deepest as d
left join quietest as q on d.source_id = q.source_id;
end;
comment on function trap.recomputed_source_limit is
'The limits of the new sources of a data set, recomputed from the images before: noise and local limit in Jy/beam, threshold in sigma.';
