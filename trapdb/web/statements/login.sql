-- Who the service is to the database, and whether that is somebody who may change the archive.
select
    rolname,
    rolsuper or pg_has_role(oid, 'trapdb_operator', 'usage') or pg_has_role(oid, 'trapdb_admin', 'usage')
from pg_roles
where rolname = current_user;
