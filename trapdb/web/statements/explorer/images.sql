-- Images of a data set in the order in which they were taken in: the last ones before an id, or the first ones after one.
select
    i.image_id, i.taken_at, i.path, i.band_id, i.stokes, i.status, i.rms_median, i.rms_min, i.rms_max,
    (select l.latency from trap.image_latency as l where l.image_id = i.image_id) as latency,
    case when i.status = 'rejected' then
        (select string_agg(q.detail, '; ' order by q.name) from trap.quality_check as q where q.image_id = i.image_id and not q.passed)
    end as reasons
from (
    (
        select * from trap.image
        where
            %(after)s::bigint is null and image_id > trap.numbered_id(%(dataset_id)s, 0)
            and image_id < coalesce(%(before)s::bigint, trap.numbered_id(%(dataset_id)s + 1, 0))
        order by image_id desc
        limit %(most)s
    )
    union all
    (
        select * from trap.image
        where image_id > %(after)s::bigint and image_id < trap.numbered_id(%(dataset_id)s + 1, 0)
        order by image_id
        limit %(most)s
    )
) as i
where i.status <> 'rewound'
order by i.image_id;
