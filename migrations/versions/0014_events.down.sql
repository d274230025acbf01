-- Takes away the watches and their events. What was told of the sky is not known any more then: keep trap.event before.
drop table trap_data.standing_event, trap_data.event, trap_data.watch_start, trap_data.watch;
alter table trap_data.dataset drop column tense;
update trap_data.dataset as d set configuration = d.configuration - 'dataset' where d.configuration ? 'dataset';
update trap_data.pipeline_run as r set configuration = r.configuration - 'dataset' where r.configuration ? 'dataset';
