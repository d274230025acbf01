select trap.renew_job(%(job_id)s, %(token)s, %(lease)s);
