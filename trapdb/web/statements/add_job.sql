select trap.add_job(p_queue => 'tap', p_payload => %(payload)s, p_held => true, p_expires_at => %(expires_at)s);
