select trap.store_definition(%(definition)s, %(description)s, %(conditions)s::jsonb);
