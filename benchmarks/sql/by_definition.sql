select * from trap.transient_by_definition(%(definition)s, %(dataset)s);
