select version_num from trap_data.alembic_version;
