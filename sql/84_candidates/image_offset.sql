-- How far the blind measurements of each image lie from the catalogue: a shift of all is an error of the image's astrometry. Sources
-- with a single measurement, which lie where they were measured, take no part. Reads the light curves of the data set whole.
-- reads: trap_data.association, trap_data.measurement, trap_data.source, trap_data.dataset
create view trap.image_offset as
with away as not materialized (
    select m.dataset_id, m.image_id, o.east * 3600 as east, o.north * 3600 as north
    from trap_data.association as a
    inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.source as s on a.dataset_id = s.dataset_id and a.source_id = s.source_id
    cross join lateral trap.tangent_offset(s.ra, s.dec, m.ra, m.dec) as o
    where m.kind = 'blind' and m.usable and s.n_blind > 1
),

middle as (
    select
        w.dataset_id, w.image_id, count(*) as n, avg(w.east) as mean_east, avg(w.north) as mean_north,
        percentile_cont(0.5) within group (order by w.east) as median_east,
        percentile_cont(0.5) within group (order by w.north) as median_north,
        percentile_cont(array[0.25::double precision, 0.75::double precision]) within group (order by w.east) as quartiles_east,
        percentile_cont(array[0.25::double precision, 0.75::double precision]) within group (order by w.north) as quartiles_north
    from away as w
    group by w.dataset_id, w.image_id
)

select
    d.name as dataset, k.dataset_id, k.image_id, k.n,
    k.mean_east as mean_east_arcsec, k.mean_north as mean_north_arcsec,
    k.median_east as median_east_arcsec, k.median_north as median_north_arcsec,
    -- the quartiles of a normal distribution are 1.349 standard deviations apart
    (k.quartiles_east[2] - k.quartiles_east[1]) / 1.349 as scatter_east_arcsec,
    (k.quartiles_north[2] - k.quartiles_north[1]) / 1.349 as scatter_north_arcsec
from middle as k
inner join trap_data.dataset as d on k.dataset_id = d.dataset_id;
comment on view trap.image_offset is
'Offsets of the blind measurements of each image from the mean positions of their sources, which were found more than once.';
comment on column trap.image_offset.dataset is 'Name of the data set.';
comment on column trap.image_offset.dataset_id is 'Data set.';
comment on column trap.image_offset.image_id is 'Image.';
comment on column trap.image_offset.n is 'Measurements.';
comment on column trap.image_offset.mean_east_arcsec is 'Mean offset to the east [arcsec].';
comment on column trap.image_offset.mean_north_arcsec is 'Mean offset to the north [arcsec].';
comment on column trap.image_offset.median_east_arcsec is 'Median offset to the east [arcsec].';
comment on column trap.image_offset.median_north_arcsec is 'Median offset to the north [arcsec].';
comment on column trap.image_offset.scatter_east_arcsec is
'Scatter of the offsets to the east: distance of the quartiles as that of a normal distribution, 1 sigma [arcsec].';
comment on column trap.image_offset.scatter_north_arcsec is 'The same to the north [arcsec].';
