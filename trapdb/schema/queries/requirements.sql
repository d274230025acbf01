-- What this database lacks, in the order in which it has to be put right: in words; the statement for the administrator,
-- empty where a statement cannot help; and whether an upgrade may run the statement itself.
with role (name, oid) as (
    select
        wanted.name,
        pg_roles.oid
    from (
        values
        ('trapdb_public'), ('trapdb_restricted'), ('trapdb_reader'), ('trapdb_rater'), ('trapdb_operator'), ('trapdb_worker'),
        ('trapdb_admin')
    ) as wanted (name)
    left join pg_roles on pg_roles.rolname = wanted.name
),

admin as (
    select
        role.oid,
        -- From PostgreSQL 16 a member may lack the right to act as the role.
        pg_has_role(
            current_user, role.oid, case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end
        ) as is_ours
    from role
    where role.name = 'trapdb_admin'
),

sphere as (
    select
        pg_extension.extversion as version,
        pg_namespace.nspname as schema,
        pg_namespace.oid as schema_oid,
        string_to_array(substring(pg_extension.extversion from '^\d+(?:\.\d+)*'), '.')::integer[] < array[1, 2] as too_old
    from pg_extension
    join pg_namespace on pg_namespace.oid = pg_extension.extnamespace
    where pg_extension.extname = 'pg_sphere'
),

installed as (
    select count(*) > 0 as is_there from pg_available_extensions where name = 'pg_sphere'
),

requirement (step, missing, remedy, automatic) as (
    select
        1,
        format('the server is PostgreSQL %s; trapdb needs 15 or newer', current_setting('server_version')),
        '',
        false
    where current_setting('server_version_num')::integer < 150000
    union all
    select
        2,
        format('the database has the encoding %s; trapdb needs UTF8', getdatabaseencoding()),
        '',
        false
    where getdatabaseencoding() <> 'UTF8'
    union all
    select
        3,
        format('role %s is missing', role.name),
        format('CREATE ROLE %s NOLOGIN;', role.name),
        true
    from role
    where role.oid is null
    union all
    select
        4,
        format('%s is not a member of trapdb_admin', current_user),
        format('GRANT trapdb_admin TO %I;', current_user),
        true
    from admin
    where not coalesce(admin.is_ours, current_setting('is_superuser')::boolean)
    union all
    select
        5,
        format('trapdb_admin may not create schemas in database %s', current_database()),
        format('GRANT CREATE ON DATABASE %I TO trapdb_admin;', current_database()),
        true
    from admin
    where not coalesce(has_database_privilege(admin.oid, current_database(), 'create'), false)
    union all
    select
        6,
        format(
            'pgSphere is not installed on the server: install its package, on Debian postgresql-%s-pgsphere',
            current_setting('server_version_num')::integer / 10000
        ),
        '',
        false
    from installed
    where not installed.is_there
    union all
    select
        6,
        'extension pg_sphere is missing',
        'CREATE EXTENSION pg_sphere SCHEMA public;',
        true
    from installed
    where installed.is_there and not exists (select from sphere)
    union all
    select
        7,
        format('extension pg_sphere is at version %s; trapdb needs 1.2 or newer', sphere.version),
        'ALTER EXTENSION pg_sphere UPDATE;',
        false
    from sphere
    where sphere.too_old
    union all
    select
        8,
        format('%s may not use schema %s, where pgSphere is', role.name, sphere.schema),
        format('GRANT USAGE ON SCHEMA %I TO %s;', sphere.schema, role.name),
        true
    from sphere
    cross join role
    where not has_schema_privilege(role.oid, sphere.schema_oid, 'usage')
    union all
    -- Routines that act with trapdb_admin's rights look pgSphere's functions up there.
    select
        9,
        format('everybody may create functions in schema %s, where pgSphere is', sphere.schema),
        format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', sphere.schema),
        false
    from sphere
    where has_schema_privilege('public', sphere.schema_oid, 'create')
    union all
    select
        10,
        format('schema %s belongs to %s, not to trapdb_admin', pg_namespace.nspname, pg_get_userbyid(pg_namespace.nspowner)),
        format('ALTER SCHEMA %I OWNER TO trapdb_admin;', pg_namespace.nspname),
        false
    from pg_namespace
    cross join admin
    where pg_namespace.nspname in ('trap', 'trap_data') and pg_namespace.nspowner is distinct from admin.oid
    union all
    -- Names that a standard gives, so that another service may have taken them.
    select
        10,
        format(
            'schema %s belongs to %s: trapdb builds a schema of this name, and needs a database without another',
            pg_namespace.nspname, pg_get_userbyid(pg_namespace.nspowner)
        ),
        '',
        false
    from pg_namespace
    cross join admin
    where pg_namespace.nspname in ('tap_schema', 'ivoa') and pg_namespace.nspowner is distinct from admin.oid
)

select
    missing,
    remedy,
    automatic
from requirement
order by step, missing;
