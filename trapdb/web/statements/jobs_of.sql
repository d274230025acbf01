select * from trap.jobs_of(%(queue)s, %(states)s, %(after)s, %(limit)s);
