select trap.withdraw_label(%(source_id)s, null, null, %(user)s);
