-- Everything by which a source in a band may be judged, in one row: how it varies, how new it is, what surrounds it, and the chance that
-- noise made it, what is known there, how it is polarised, and which class it is held to be. Neighbours, counterparts, polarisation,
-- classes and labels are searched for each row: choose the sources first, by trap.variability, and give their ids. What the archive has
-- none of is not searched for: that is asked once for all rows.
-- reads: trap.variability, trap.running_catalogue, trap.new_source, trap.searched_image, trap_data.band, trap_data.image,
--   trap_data.sky_region, trap_data.monitor_position, trap_data.dataset_reference, trap_data.label, trap_data.classifier
create view trap.candidate as
select
    v.dataset, v.dataset_id, v.source_id, s.name, s.ra, s.dec, s.ra_err, s.dec_err, v.band_id, b.freq_central, v.stokes,
    v.monitored, s.first_seen, s.last_seen,
    v.n, v.n_blind, v.duty_cycle, v.int_flux_weighted_mean, v.peak_flux_weighted_mean,
    v.peak_flux_max, v.peak_flux_max_err, v.max_measurement_id, brightest.taken_at as max_taken_at, brightest.path as max_path,
    v.snr_max, v.max_significance, v.rest_eta_significance,
    v.v_int, v.eta_int, v.eta_int_significance, v.v_peak, v.eta_peak, v.eta_peak_significance, v.trend_significance,
    n.source_id is not null as is_new, n.peak_flux as discovery_peak_flux, n.margin_best, n.margin_worst, n.local_limit, n.margin_local,
    n.covering_images, n.before_n, n.before_flux, n.before_significance, n.siblings,
    (
        select e.distance / brightest.beam_major
        from trap.edge_distance(r.ra, r.dec, r.radius, r.vertex_ra, r.vertex_dec, s.ra, s.dec) as e
    ) as edge_beams,
    (select count(*) from trap.neighbours(v.source_id, 5)) as neighbours,
    (trap.brighter_neighbour(v.source_id, trap.brightness(v.either_sign, v.peak_flux_max))).source_id as brighter_source_id,
    (trap.brighter_neighbour(v.source_id, trap.brightness(v.either_sign, v.peak_flux_max))).peak_flux as brighter_peak_flux,
    (trap.brighter_neighbour(v.source_id, trap.brightness(v.either_sign, v.peak_flux_max))).beams as brighter_beams,
    trap.noise_peaks(searched.elements, v.snr_max) as expected_false,
    trap.noise_chance(trap.noise_peaks(searched.elements, v.snr_max)) as noise_chance,
    (
        select m.source_id from trap_data.monitor_position as m
        where
            m.dataset_id = v.dataset_id and m.source_id <> v.source_id and m.pm_ra_mas_yr = 0 and m.pm_dec_mas_yr = 0
            and trap.angular_separation(m.ra, m.dec, s.ra, s.dec) < brightest.beam_major / 2
        order by trap.angular_separation(m.ra, m.dec, s.ra, s.dec), m.source_id
        limit 1
    ) as monitor_source_id,
    case when has.counterparts then (trap.reference_verdict(v.source_id, v.band_id, v.stokes)).counterparts end as counterparts,
    case when has.counterparts then (trap.reference_verdict(v.source_id, v.band_id, v.stokes)).reference_class end as reference_class,
    case
        when has.counterparts then (trap.reference_verdict(v.source_id, v.band_id, v.stokes)).reference_flux_ratio
    end as reference_flux_ratio,
    case
        when has.counterparts then (trap.reference_verdict(v.source_id, v.band_id, v.stokes)).reference_absent_factor
    end as reference_absent_factor,
    case when has.polarisation then (trap.polarisation_verdict(v.source_id, v.band_id, v.stokes)).v_over_i end as v_over_i,
    case when has.polarisation then (trap.polarisation_verdict(v.source_id, v.band_id, v.stokes)).linear_over_i end as linear_over_i,
    case
        when has.polarisation then (trap.polarisation_verdict(v.source_id, v.band_id, v.stokes)).circular_significance
    end as circular_significance,
    case
        when has.polarisation then (trap.polarisation_verdict(v.source_id, v.band_id, v.stokes)).polarisation_change_significance
    end as polarisation_change_significance,
    case when has.labels then (trap.label_verdict(v.source_id)).label_rating end as label_rating,
    case when has.labels then (trap.label_verdict(v.source_id)).label_class end as label_class,
    case when has.classes then (trap.classification_verdict(v.source_id)).object_class end as object_class,
    case when has.classes then (trap.classification_verdict(v.source_id)).class_probability end as class_probability,
    case when has.classes then (trap.classification_verdict(v.source_id)).probability_artefact end as probability_artefact,
    case when has.classes then (trap.classification_verdict(v.source_id)).class_novelty end as class_novelty
from trap.variability as v
inner join trap.running_catalogue as s on v.dataset_id = s.dataset_id and v.source_id = s.source_id
left join trap_data.band as b on v.band_id = b.band_id
left join trap_data.image as brightest on trap.image_of(v.max_measurement_id) = brightest.image_id
left join trap_data.sky_region as r on v.dataset_id = r.dataset_id and brightest.sky_region_id = r.sky_region_id
left join trap.new_source as n
    on v.dataset_id = n.dataset_id and v.source_id = n.source_id and v.band_id = n.band_id and v.stokes = n.stokes
left join (
    select i.dataset_id, sum(i.signs * i.elements) as elements
    from trap.searched_image as i
    group by i.dataset_id
) as searched on v.dataset_id = searched.dataset_id
cross join (
    select
        exists(select from trap_data.dataset_reference) as counterparts,
        exists(select from trap_data.image as i where i.stokes <> 'I') as polarisation,
        exists(select from trap_data.label) as labels,
        exists(select from trap_data.classifier) as classes
) as has;
comment on view trap.candidate is
'Everything by which a source in a band may be judged, in one row. A source is in it whether it is a transient or not: '
'trap.transient_by_definition chooses.';
comment on column trap.candidate.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.candidate.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.candidate.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.candidate.name is 'Its name. {meta.id;src principal}';
comment on column trap.candidate.ra is 'Weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.candidate.dec is 'Weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.candidate.ra_err is 'Error of the mean to the east on the sky, 1 sigma [deg]. {stat.error;pos.eq.ra}';
comment on column trap.candidate.dec_err is 'Error of the mean to the north, 1 sigma [deg]. {stat.error;pos.eq.dec}';
comment on column trap.candidate.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.candidate.freq_central is 'Central frequency of the band [Hz]. {em.freq principal}';
comment on column trap.candidate.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.candidate.monitored is 'Whether it is a monitored position rather than a source found. {meta.code}';
comment on column trap.candidate.first_seen is 'Time of the first blind measurement in any band, UTC. {time.epoch;stat.min principal}';
comment on column trap.candidate.last_seen is 'Time of the last blind measurement in any band, UTC. {time.epoch;stat.max principal}';
comment on column trap.candidate.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.candidate.n_blind is 'Usable blind points among them. {meta.number;obs principal}';
comment on column trap.candidate.duty_cycle is 'Share of the points that are blind [1]. {stat.filling}';
comment on column trap.candidate.int_flux_weighted_mean is
'Weighted mean integrated flux density [Jy]. {phot.flux.density;em.radio;stat.mean}';
comment on column trap.candidate.peak_flux_weighted_mean is
'Weighted mean peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.candidate.peak_flux_max is 'Largest peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max principal}';
comment on column trap.candidate.peak_flux_max_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.candidate.max_measurement_id is 'Its measurement. {meta.id}';
comment on column trap.candidate.max_taken_at is 'Time of its image, UTC. {time.start;obs.exposure}';
comment on column trap.candidate.max_path is 'File of its image. {meta.ref;meta.file}';
comment on column trap.candidate.snr_max is
'Largest S/N of a blind point, of its peak as fitted [1]; NULL if there is none. {stat.snr;stat.max principal}';
comment on column trap.candidate.max_significance is
'How far the largest peak lies above the weighted mean of all other points [sigma]. {stat.snr;src.var}';
comment on column trap.candidate.rest_eta_significance is
'How far eta_peak without that point lies above what a steady source gives [sigma]. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.candidate.v_int is
'V, coefficient of variation of the integrated flux density [1]. {src.var.index;phot.flux.density;em.radio principal}';
comment on column trap.candidate.eta_int is
'eta, reduced chi squared of the integrated flux density about its weighted mean [1]. '
'{stat.fit.chi2;src.var;phot.flux.density;em.radio principal}';
comment on column trap.candidate.eta_int_significance is
'How far eta_int lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density;em.radio principal}';
comment on column trap.candidate.v_peak is
'V, coefficient of variation of the peak flux density [1]. {src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.candidate.eta_peak is
'eta, reduced chi squared of the peak flux density about its weighted mean [1]. {stat.fit.chi2;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.candidate.eta_peak_significance is
'How far eta_peak lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.candidate.trend_significance is 'Slope of the peak flux density in time over its error [sigma]. {stat.snr;src.var}';
comment on column trap.candidate.is_new is
'Whether it was found, in this band, where an earlier image had covered the place. {meta.code principal}';
comment on column trap.candidate.discovery_peak_flux is 'If new: peak flux density at discovery [Jy/beam]. {phot.flux.density.sb;em.radio}';
comment on column trap.candidate.margin_best is
'If new: peak above the threshold where the deepest earlier image is deepest [sigma]. {stat.snr}';
comment on column trap.candidate.margin_worst is
'If new: peak above the threshold where the deepest earlier image is noisiest [sigma]. {stat.snr}';
comment on column trap.candidate.local_limit is
'If new: deepest earlier detection limit at the very place [Jy/beam]. {instr.sensitivity;phot.flux.density.sb;em.radio}';
comment on column trap.candidate.margin_local is 'If new: peak above that limit [sigma]. {stat.snr principal}';
comment on column trap.candidate.covering_images is 'If new: earlier images of the band that cover the place. {meta.number;obs.image}';
comment on column trap.candidate.before_n is 'If new: points from before the discovery, measured afterwards. {meta.number;obs}';
comment on column trap.candidate.before_flux is
'If new: their weighted mean peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.candidate.before_significance is 'If new: peak at discovery above that mean [sigma]. {stat.snr;src.var}';
comment on column trap.candidate.siblings is
'If new: other measurements of the discovery image that share its island or lie within a beam. {meta.number;src}';
comment on column trap.candidate.edge_beams is
'Distance from the edge of the footprint in which it was brightest, in major axes of the beam [1]. {pos.angDistance;instr.fov principal}';
comment on column trap.candidate.neighbours is 'Sources within five beams. {meta.number;src principal}';
comment on column trap.candidate.brighter_source_id is
'Nearest source within ten beams whose mean peak flux density is above this one''s largest; NULL: there is none. {meta.id.assoc;src}';
comment on column trap.candidate.brighter_peak_flux is 'Its weighted mean peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio}';
comment on column trap.candidate.brighter_beams is 'Its distance in beams [1]. {pos.angDistance}';
comment on column trap.candidate.expected_false is
'Detections as bright as snr_max that noise is expected to make in all images of the data set [1]. '
'{meta.number;stat.probability principal}';
comment on column trap.candidate.noise_chance is
'Chance that noise makes one or more of them [1]: too large if it was detected more than once. {stat.probability}';
comment on column trap.candidate.monitor_source_id is
'Monitored position, one that does not move, within half a beam of it; NULL: there is none. {meta.id.assoc;src}';
comment on column trap.candidate.counterparts is
'What the reference catalogues have there, the most reliable first: class, name, catalogue, distance. {meta.note}';
comment on column trap.candidate.reference_class is 'Class of the most reliable counterpart that has one. {src.class}';
comment on column trap.candidate.reference_flux_ratio is
'Flux density over that of the counterpart in the catalogue that is nearest in frequency, at the band''s frequency [1]. '
'{phot.flux.density;em.radio;arith.ratio}';
comment on column trap.candidate.reference_absent_factor is
'By how much it exceeds the flux limit of a reference catalogue that should have it and has not [1]; NULL: there is none. '
'{phot.flux.density;em.radio;arith.ratio}';
comment on column trap.candidate.v_over_i is
'Stokes V over I in the band, over all time steps [1]; NULL without images of both. {phys.polarization.circular;arith.ratio}';
comment on column trap.candidate.linear_over_i is
'Linearly polarised share of I in the band, over all time steps, debiased [1]; NULL without images of Q and U. '
'{phys.polarization.linear;arith.ratio}';
comment on column trap.candidate.circular_significance is
'Significance of V beyond leakage in the band, in one time step or over all [sigma]. {stat.snr;phys.polarization.circular}';
comment on column trap.candidate.polarisation_change_significance is
'How far the share of this Stokes parameter in I changes beyond errors and leakage [sigma]; NULL for I. '
'{stat.fit.goodness;src.var;phys.polarization}';
comment on column trap.candidate.label_rating is
'Latest rating that people gave it: real, artefact or unsure; NULL: not rated. {meta.code.qual principal}';
comment on column trap.candidate.label_class is 'Latest class that people gave it; NULL: none given. {src.class}';
comment on column trap.candidate.object_class is 'The likeliest class by the active classifier; NULL: none said anything. {src.class}';
comment on column trap.candidate.class_probability is 'Its probability, calibrated [1]. {stat.probability;src.class}';
comment on column trap.candidate.probability_artefact is
'Probability that it is an artefact, of whatever class [1]. {stat.probability}';
comment on column trap.candidate.class_novelty is
'How unlike what the classifier was trained on it is [1]; above 1, trust no class. {stat.value;src.class}';
