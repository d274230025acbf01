-- By what alerts that wait for the database are told from those of another one: the same on all hosts of a failover.
-- Private servers of one user may share the number of their cluster, but have names.
select
    concat_ws('-', system_identifier, nullif(current_setting('trapdb.name', true), '')) as cluster,
    current_database() as database
from pg_control_system();
