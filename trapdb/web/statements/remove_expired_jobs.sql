select trap.remove_expired_jobs('tap');
