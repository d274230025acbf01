drop schema if exists trap cascade;
delete from trap_data.code_manifest;
delete from trap_data.code_object;
