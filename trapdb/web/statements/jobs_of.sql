select * from trap.jobs_of('tap', %(states)s, %(after)s, %(limit)s);
