-- When and how deep the images of a data set are, in order: those of Stokes I of the band that has most of them.
-- Parameters: dataset_id.
with band as (
    select i.band_id
    from trap.image as i
    where i.dataset_id = %(dataset_id)s::integer and i.status = 'accepted' and i.stokes = 'I' and i.rms_median > 0
    group by i.band_id
    order by count(*) desc, i.band_id
    limit 1
)

select
    extract(epoch from i.taken_at)::double precision as start, coalesce(i.duration, 0) as duration, i.freq_eff,
    i.rms_median as rms, i.detection_threshold as threshold, i.beam_major
from trap.image as i
inner join band as b on i.band_id = b.band_id
where i.dataset_id = %(dataset_id)s::integer and i.status = 'accepted' and i.stokes = 'I' and i.rms_median > 0
order by i.taken_at, i.image_id
