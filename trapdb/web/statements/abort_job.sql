select trap.abort_job(%(job_id)s);
