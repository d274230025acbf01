-- How much there is in a data set: counted, which takes its time.
select
    (select count(*) from trap.running_catalogue where dataset_id = %(dataset_id)s and not monitored) as sources,
    count(*) filter (where status = 'accepted') as images,
    count(*) filter (where status = 'rejected') as rejected
from trap.image
where dataset_id = %(dataset_id)s;
