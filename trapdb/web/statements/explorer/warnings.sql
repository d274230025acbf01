-- What the last runs of a data set warned of.
select run_id, logged_at, message from trap.run_warning where run_id = any(%(run_ids)s) order by logged_at desc limit %(most)s;
