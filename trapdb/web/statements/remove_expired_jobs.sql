select trap.remove_expired_jobs(%(queue)s);
