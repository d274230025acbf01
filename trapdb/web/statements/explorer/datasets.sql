-- The latest data sets, or those that are older than one of them.
select
    dataset,
    dataset_id,
    created_at,
    time_steps,
    last_taken_at,
    published_as
from trap.dataset
where %(before)s::integer is null or dataset_id < %(before)s
order by dataset_id desc
limit %(most)s;
