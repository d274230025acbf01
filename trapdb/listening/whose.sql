-- By what alerts that wait for the database are told from those of another one: the same on all hosts of a failover.
select
    system_identifier,
    current_database() as database
from pg_control_system();
