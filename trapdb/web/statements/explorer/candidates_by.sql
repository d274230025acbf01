-- How many sources of a data set fulfil a definition.
select count(distinct source_id) from trap.transient_by_definition(%(definition)s, %(dataset)s);
