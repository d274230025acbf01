select trap.fail_job(%(job_id)s, %(token)s, %(error)s, %(again_after)s);
