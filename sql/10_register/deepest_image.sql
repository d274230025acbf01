-- The limit that images of a data set, from one on, set to sources that appear later in their sky regions: the deepest of each band,
-- Stokes parameter and detection threshold, and how many there are.
-- reads: trap_data.image
-- writes: nothing
create function trap.deepest_image(p_dataset_id integer, p_first_image_id bigint) returns setof trap_data.sky_region_limit
language sql stable parallel safe
begin atomic
select distinct on (i.sky_region_id, i.band_id, i.stokes, i.detection_threshold)
    i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.image_id, i.rms_min, i.rms_max,
    (count(*) over (partition by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold))::integer
from trap_data.image as i
where
    i.status = 'accepted'
    -- Between these two ids lie no images of other data sets. Asked for those of the data set as well, a planner without
    -- statistics would read them all.
    and i.image_id >= p_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id)
order by i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.rms_min, i.rms_max, i.image_id;
end;
comment on function trap.deepest_image is
'The deepest accepted image of each sky region, band, Stokes parameter and detection threshold of a data set, from one image on.';
