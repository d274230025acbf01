select i.image_id, i.taken_at, i.freq_eff, i.stokes, i.beam_major, i.beam_minor, i.beam_pa
from trap.image as i
where i.dataset_id = trap.dataset_of_source(%(source_id)s) and i.image_id = any(%(image_ids)s)
order by i.taken_at, i.image_id;
