select dataset, dataset_id, created_at, time_steps, last_taken_at, configuration from trap.dataset where dataset = %(dataset)s;
