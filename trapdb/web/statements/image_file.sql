-- The file of an accepted image, and what it has to say to be that image.
select
    path,
    taken_at,
    duration,
    freq_eff,
    bandwidth,
    stokes,
    beam_major,
    beam_minor,
    beam_pa
from trap.image
where dataset_id = %(dataset_id)s and image_id = %(image_id)s and status = 'accepted';
