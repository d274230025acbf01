-- Whether a login is one for restrictions, and whether it may see or do anything else of the archive.
select
    pg_has_role(r.oid, 'trapdb_restricted', 'member') as restricted,
    exists (
        select from pg_roles as other
        where
            other.rolname in ('trapdb_public', 'trapdb_reader', 'trapdb_rater', 'trapdb_operator', 'trapdb_worker', 'trapdb_admin')
            and pg_has_role(r.oid, other.oid, 'member')
    ) as more
from pg_roles as r
where r.rolname = %(login)s;
