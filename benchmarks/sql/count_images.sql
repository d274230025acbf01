-- Counts the images that were made by SQL, so that others may follow them.
update trap_data.dataset as d
set (image_count, step_count, last_taken_at) = (
    select count(*), count(*), max(i.taken_at) from trap_data.image as i where i.dataset_id = d.dataset_id
)
where d.dataset_id = %(dataset_id)s;
