-- The definitions of transients: those that come with trapdb, then the latest.
select
    name,
    description,
    conditions
from trap.transient_definition
order by stored_at desc nulls first, name
limit %(most)s;
