select trap.hand_back_job(%(job_id)s, %(token)s);
