-- Whether the books are there and readable by the current user.
select
    bool_and(has_schema_privilege(pg_class.relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')) as readable
from pg_class
where
    pg_class.relnamespace = (select pg_namespace.oid from pg_namespace where pg_namespace.nspname = 'trap_data')
    and pg_class.relname in ('alembic_version', 'code_manifest', 'code_object')
having count(*) = 3;
