select
    i.dataset, i.dataset_id, i.image_id, i.path, i.taken_at, i.duration, i.freq_eff, i.bandwidth, i.stokes, i.telescope, i.status, i.ra, i.dec,
    i.beam_major, i.beam_minor, i.beam_pa, i.rms_median, i.rms_min, i.rms_max, i.detection_threshold, i.analysis_threshold, i.digest
from trap.image as i
where i.dataset_id = trap.dataset_of(%(image_id)s) and i.image_id = %(image_id)s;
