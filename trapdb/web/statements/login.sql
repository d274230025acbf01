-- Who the service is to the database, whether that is somebody who may change the archive, whether it may see all of it, and
-- whether some data sets are shown to it.
select
    rolname as login,
    rolsuper or pg_has_role(oid, 'trapdb_operator', 'usage') or pg_has_role(oid, 'trapdb_admin', 'usage') as may_change,
    pg_has_role(oid, 'trapdb_public', 'usage') or pg_has_role(oid, 'trapdb_reader', 'usage') as sees_all,
    exists (
        select from pg_namespace
        where nspname = 'shown_to_' || rolname and has_schema_privilege(pg_namespace.oid, 'usage')
    ) as shown_some
from pg_roles
where rolname = current_user;
