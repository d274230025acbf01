-- Sources that appeared where an earlier image covered the place, and how far above that image's limits they are.
-- reads: trap_data.new_source, trap_data.image, trap_data.measurement, trap_data.dataset
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
    trap.brightness(trap.has_either_sign(i.stokes, i.signed), n.peak_flux) / n.limiting_rms_min - n.detection_threshold as margin_best,
    trap.brightness(trap.has_either_sign(i.stokes, i.signed), n.peak_flux) / n.limiting_rms_max - n.detection_threshold as margin_worst,
    n.peak_flux_err,
    n.local_limit,
    (trap.brightness(trap.has_either_sign(i.stokes, i.signed), n.peak_flux) / n.local_limit - 1) * n.detection_threshold as margin_local,
    n.covering_images,
    n.edge_distance / discovery.beam_major as edge_beams,
    case when founding.measurement_id is not null then coalesce(founding.siblings, 0) end as siblings,
    n.before_n,
    n.before_flux,
    case when trap.has_either_sign(i.stokes, i.signed) and n.peak_flux < 0 then -1 else 1 end
    * (n.peak_flux - n.before_flux) / sqrt(n.peak_flux_err * n.peak_flux_err + 1 / nullif(n.before_weight, 0)) as before_significance
from trap_data.new_source as n
inner join trap_data.image as i on n.limiting_image_id = i.image_id
left join trap_data.image as discovery on trap.image_of(n.source_id) = discovery.image_id
left join trap_data.measurement as founding on n.dataset_id = founding.dataset_id and n.source_id = founding.measurement_id
-- a data set is there for each: who does not ask for its name is not to pay for the join
left join trap_data.dataset as d on n.dataset_id = d.dataset_id;
comment on view trap.new_source is
'Sources that appeared where an earlier image of the same band covered the place. With a margin of m, a source with margin_best > m '
'is possibly new (it should have been seen where that image is deepest) and one with margin_worst > m is likely new (anywhere). '
'margin_local is the same test at the very place, against the deepest of all earlier images there.';
comment on column trap.new_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.new_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.new_source.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.new_source.band_id is 'Band in which it was discovered. {meta.id;instr.bandpass principal}';
comment on column trap.new_source.stokes is 'Stokes parameter in which it was discovered. {meta.code;phys.polarization.stokes principal}';
comment on column trap.new_source.limiting_image_id is 'The deepest earlier image that covers the place. {meta.id;obs.image}';
comment on column trap.new_source.limiting_rms_min is
'Smallest noise of that image [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio;stat.min}';
comment on column trap.new_source.limiting_rms_max is
'Largest noise of that image [Jy/beam]. {instr.det.noise;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.new_source.detection_threshold is 'Detection threshold of that image [1]. {stat.snr;instr.sensitivity}';
comment on column trap.new_source.peak_flux is 'Peak flux density at discovery [Jy/beam]. {phot.flux.density.sb;em.radio principal}';
comment on column trap.new_source.margin_best is
'Peak above the threshold where that image is deepest, in its noise there [sigma]. {stat.snr principal}';
comment on column trap.new_source.margin_worst is
'Peak above the threshold where that image is noisiest, in its noise there [sigma]. {stat.snr principal}';
comment on column trap.new_source.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio principal}';
comment on column trap.new_source.local_limit is
'Deepest earlier detection limit at the very place: threshold times local noise [Jy/beam]; NULL without a noise map. '
'{instr.sensitivity;phot.flux.density.sb;em.radio}';
comment on column trap.new_source.margin_local is 'Peak above that limit, in the noise to which it belongs [sigma]. {stat.snr principal}';
comment on column trap.new_source.covering_images is
'Earlier accepted images of the band and Stokes parameter that cover the place. {meta.number;obs.image}';
comment on column trap.new_source.edge_beams is
'Distance from the edge of the footprint at discovery, in major axes of the beam [1]. {pos.angDistance;instr.fov principal}';
comment on column trap.new_source.siblings is
'Other measurements of the discovery image that share its island or lie within a beam: above 0 it may be a component of a split source. '
'{meta.number;src}';
comment on column trap.new_source.before_n is
'Usable points in the band from before the discovery, measured afterwards (back-filled). {meta.number;obs}';
comment on column trap.new_source.before_flux is
'Their weighted mean peak flux density [Jy/beam]; NULL without any. {phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.new_source.before_significance is
'How far the peak at discovery lies beyond that mean, on its own side of 0 [sigma]; NULL without back-filled points. {stat.snr;src.var}';
