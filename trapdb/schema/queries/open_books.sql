-- Every command compares the books with its own files before it does anything.
grant usage on schema trap_data to trapdb_public, trapdb_reader, trapdb_rater, trapdb_operator, trapdb_worker, trapdb_restricted;
grant select on trap_data.alembic_version, trap_data.code_manifest, trap_data.code_object to trapdb_public, trapdb_reader, trapdb_rater, trapdb_operator, trapdb_worker, trapdb_restricted;
