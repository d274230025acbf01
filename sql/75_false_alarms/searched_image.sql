-- What noise is expected to make of each accepted image: its area in elements of resolution, and the false detections in it.
-- reads: trap_data.image, trap_data.sky_region, trap_data.dataset
create view trap.searched_image as
select
    d.name as dataset,
    i.dataset_id,
    i.image_id,
    i.band_id,
    i.stokes::text as stokes,
    i.detection_threshold,
    searched.area,
    searched.elements,
    searched.pixels,
    sought.signs,
    sought.signs * trap.noise_peak_pixels(searched.elements, searched.pixels, i.detection_threshold) as expected_false
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
left join trap_data.sky_region as r on i.dataset_id = r.dataset_id and i.sky_region_id = r.sky_region_id
cross join lateral (
    select
        size.area,
        size.area / (i.beam_major * i.beam_minor * power(coalesce(i.noise_correlation, 1), 2)) as elements,
        size.area / abs(i.pixel_scale_x * i.pixel_scale_y) as pixels
    from (
        select coalesce(i.searched_area, trap.region_area(r.radius, r.polygon)) as area
    ) as size
) as searched
cross join lateral (select case when i.signed then 2 else 1 end as signs) as sought
where i.status = 'accepted';
comment on view trap.searched_image is
'How many false detections noise is expected to make in each accepted image, from its beam, footprint and threshold.';
comment on column trap.searched_image.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.searched_image.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.searched_image.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.searched_image.band_id is 'Band. {meta.id;instr.bandpass}';
comment on column trap.searched_image.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes}';
comment on column trap.searched_image.detection_threshold is
'Peak S/N that an island must hold [1]. {stat.snr;instr.sensitivity principal}';
comment on column trap.searched_image.area is
'Area searched: the valid pixels of the footprint, or where unknown the footprint [deg^2]. {phys.angArea;obs.field principal}';
comment on column trap.searched_image.elements is
'That area in units of the product of the axes (FWHM) of the noise''s autocorrelation, where unknown those of the beam [1]. '
'{meta.number;instr.beam}';
comment on column trap.searched_image.pixels is 'That area in pixels [1]. {meta.number;instr.pixel}';
comment on column trap.searched_image.signs is
'2 where sources of either sign were looked for, as in Stokes Q, U and V and in differences, so that noise makes twice as many; else 1. {meta.number}';
comment on column trap.searched_image.expected_false is
'False detections to be expected: peaks of Gaussian noise with a pixel above the detection threshold [1]. '
'{meta.number;stat.probability principal}';
