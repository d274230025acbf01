create table trap_data.bare_reference (like trap_data.reference_source);
alter table trap_data.bare_reference drop column pos, alter column catalogue_id drop not null;
