select * from trap.take_job('tap', %(worker)s, %(lease)s);
