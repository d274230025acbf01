select
    index.spectral_index,
    index.spectral_index_err,
    kept.image_id as stamp_image_id
from (select trap.dataset_of_source(%(source_id)s) as dataset_id) as which
left join trap.spectral_index as index
    on which.dataset_id = index.dataset_id and index.source_id = %(source_id)s and index.stokes = %(stokes)s
left join lateral (
    select stamp.image_id
    from trap.stamp as stamp
    where stamp.dataset_id = which.dataset_id and stamp.source_id = %(source_id)s
    order by stamp.taken_at desc
    limit 1
) as kept on true;
