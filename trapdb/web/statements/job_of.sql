select * from trap.job_of(%(queue)s, %(job_id)s);
