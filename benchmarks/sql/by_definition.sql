select * from trap.transient_by_definition(%(name)s, %(dataset)s);
