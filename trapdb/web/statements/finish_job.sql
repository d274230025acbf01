select trap.finish_job(%(job_id)s, %(token)s, %(result)s);
