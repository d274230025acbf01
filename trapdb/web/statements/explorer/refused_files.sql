-- Files that could not become an image in the last runs of a data set.
select run_id, path, reason, detail
from trap.rejection
where dataset_id = %(dataset_id)s and run_id = any(%(run_ids)s) and image_id is null
order by run_id desc, path
limit %(most)s;
