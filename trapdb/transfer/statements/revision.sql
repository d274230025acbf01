select a.version_num as revision from trap_data.alembic_version as a
