-- Takes away which task decided; the decisions stay.
alter table trap_data.observation drop column job_id;
