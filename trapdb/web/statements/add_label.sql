select trap.add_label(%(source_id)s, %(rating)s, %(object_class)s, %(tags)s::text[], %(note)s, null, %(user)s);
