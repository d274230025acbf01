select trap.remove_job(%(job_id)s);
