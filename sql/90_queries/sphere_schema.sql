-- The schema that pgSphere is installed in, for statements that name it.
-- reads: the system catalogue
-- writes: nothing
create function trap.sphere_schema() returns text
language sql stable parallel safe
return (
    select n.nspname::text
    from pg_catalog.pg_extension as e
    inner join pg_catalog.pg_namespace as n on e.extnamespace = n.oid
    where e.extname = 'pg_sphere'
);
comment on function trap.sphere_schema is 'The schema that pgSphere is installed in.';
