select
    image_id,
    path,
    digest,
    taken_at,
    freq_eff,
    stokes,
    beam_major
from trap.image
where
    dataset_id = trap.dataset_of_source(%(source_id)s)
    and image_id in (select image_id from trap.lightcurve_of(%(source_id)s))
    and taken_at <= %(until)s
order by taken_at desc, freq_eff, stokes
limit %(last)s;
