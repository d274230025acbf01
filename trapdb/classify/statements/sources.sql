-- The sources of a data set that were found, and the last of its images: by what was known then they are judged.
-- Parameters: dataset_id.
select
    (
        select max(i.image_id)
        from trap.image as i
        where i.dataset_id = %(dataset_id)s::integer and i.status = 'accepted'
    ) as known_image_id,
    array_agg(s.source_id order by s.source_id) as source_ids
from trap.running_catalogue as s
where s.dataset_id = %(dataset_id)s::integer
