select * from trap.job_of('tap', %(job_id)s);
