drop schema if exists trap, tap_schema, ivoa cascade;
delete from trap_data.code_manifest;
delete from trap_data.code_object;
