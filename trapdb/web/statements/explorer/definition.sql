select owner from trap.transient_definition where name = %(definition)s;
