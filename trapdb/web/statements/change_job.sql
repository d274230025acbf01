select trap.change_job(%(job_id)s, p_payload => %(payload)s, p_expires_at => %(expires_at)s, p_release => %(release)s);
