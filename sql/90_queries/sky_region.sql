-- The footprints: of the images in which sources count, where.
-- reads: trap_data.sky_region, trap_data.dataset
create view trap.sky_region as
select
    d.name as dataset, r.dataset_id, r.sky_region_id, r.ra::double precision as ra, r.dec::double precision as dec, r.radius,
    r.vertex_ra, r.vertex_dec, not isempty(r.blank) as has_blanks
from trap_data.sky_region as r
inner join trap_data.dataset as d on r.dataset_id = d.dataset_id;
comment on view trap.sky_region is 'The distinct footprints of the images of each data set: circles, or the polygons within them.';
comment on column trap.sky_region.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.sky_region.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.sky_region.sky_region_id is 'Footprint. {meta.id;obs.field;meta.main principal indexed}';
comment on column trap.sky_region.ra is 'Centre of the circle, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.sky_region.dec is 'Centre of the circle, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.sky_region.radius is 'Radius of the circle [deg]. {phys.angSize;obs.field principal}';
comment on column trap.sky_region.vertex_ra is 'Corners of the polygon, right ascension [deg]; NULL for a circle. {pos.eq.ra;pos.outline}';
comment on column trap.sky_region.vertex_dec is 'Corners of the polygon, declination [deg]; NULL for a circle. {pos.eq.dec;pos.outline}';
comment on column trap.sky_region.has_blanks is 'Whether some of it is blank. {meta.code}';
