-- The last runs that added to a data set.
select
    run_id, version, host, username, command, started_at, ended_at, outcome, timings
from trap.pipeline_run
where dataset_id = %(dataset_id)s
order by run_id desc
limit %(most)s;
