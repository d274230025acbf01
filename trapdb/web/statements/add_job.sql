select trap.add_job(
    p_queue => %(queue)s, p_payload => %(payload)s, p_held => true, p_expires_at => %(expires_at)s, p_open_max => %(most)s
);
