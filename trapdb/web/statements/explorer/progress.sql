-- How far data sets are.
select dataset_id, time_steps, last_taken_at from trap.dataset where dataset_id = any(%(dataset_ids)s);
