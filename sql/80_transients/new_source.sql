-- Sources that appeared where an earlier image covered the place, and how far above that image's limits they are.
-- reads: trap_data.new_source, trap_data.image, trap_data.dataset
create view trap.new_source as
select
    d.name as dataset,
    n.dataset_id,
    n.source_id,
    i.band_id,
    i.stokes::text as stokes,
    n.limiting_image_id,
    n.limiting_rms_min,
    n.limiting_rms_max,
    n.detection_threshold,
    n.peak_flux,
    n.peak_flux / n.limiting_rms_min - n.detection_threshold as margin_best,
    n.peak_flux / n.limiting_rms_max - n.detection_threshold as margin_worst
from trap_data.new_source as n
inner join trap_data.image as i on n.limiting_image_id = i.image_id
inner join trap_data.dataset as d on n.dataset_id = d.dataset_id;
comment on view trap.new_source is
'Sources that appeared where an earlier image of the same band covered the place. With a margin of m, a source with margin_best > m '
'is possibly new (it should have been seen where that image is deepest) and one with margin_worst > m is likely new (anywhere).';
comment on column trap.new_source.dataset is 'Name of the data set.';
comment on column trap.new_source.dataset_id is 'Data set.';
comment on column trap.new_source.source_id is 'Source.';
comment on column trap.new_source.band_id is 'Band in which it was discovered.';
comment on column trap.new_source.stokes is 'Stokes parameter in which it was discovered.';
comment on column trap.new_source.limiting_image_id is 'The deepest earlier image that covers the place.';
comment on column trap.new_source.limiting_rms_min is 'Smallest noise of that image [Jy/beam].';
comment on column trap.new_source.limiting_rms_max is 'Largest noise of that image [Jy/beam].';
comment on column trap.new_source.detection_threshold is 'Detection threshold of that image [1].';
comment on column trap.new_source.peak_flux is 'Peak flux density at discovery [Jy/beam].';
comment on column trap.new_source.margin_best is 'Peak above the threshold where that image is deepest, in its noise there [sigma].';
comment on column trap.new_source.margin_worst is 'Peak above the threshold where that image is noisiest, in its noise there [sigma].';
