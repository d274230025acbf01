-- Takes the software and the warnings of runs away.
drop table trap_data.run_warning;
alter table trap_data.pipeline_run drop column software;
