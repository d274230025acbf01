-- Takes away the queue, with the jobs.
drop table trap_data.job;
