select * from trap.take_job(%(queue)s, %(worker)s, %(lease)s);
