-- What the database says about itself: a row an object or column, in the order in which it is to be read.
-- Of functions only those that readers may call: the others are told of in sql/.
with described (section, name, part, place, kind, meaning, unit, ucd) as (
    select
        case c.relkind when 'v' then 'view' else 'table' end,
        n.nspname || '.' || c.relname,
        null::text,
        0,
        null::text,
        obj_description(c.oid, 'pg_class'),
        null::text,
        null::text
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('trap', 'trap_data', 'tap_schema', 'ivoa') and c.relkind in ('r', 'p', 'v') and not c.relispartition
    union all
    select
        'view',
        d.schema_name || '.' || d.view_name,
        d.column_name,
        d.column_index,
        d.sql_type,
        d.meaning,
        d.unit,
        d.ucd
    from trap.column_description as d
    union all
    select
        'table',
        n.nspname || '.' || c.relname,
        a.attname,
        a.attnum,
        format_type(a.atttypid, a.atttypmod),
        said.meaning,
        -- the type of a column may tell its unit
        coalesce(said.unit, case when t.typtype = 'd' then substring(obj_description(t.oid, 'pg_type') from '\[([^]]+)\]') end),
        null::text
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type as t on t.oid = a.atttypid
    cross join lateral trap.annotation(col_description(c.oid, a.attnum)) as said
    where n.nspname = 'trap_data' and c.relkind in ('r', 'p') and not c.relispartition
    union all
    select
        'function',
        n.nspname || '.' || p.proname,
        null::text,
        0,
        '(' || pg_get_function_arguments(p.oid) || ') returns ' || pg_get_function_result(p.oid),
        obj_description(p.oid, 'pg_proc'),
        null::text,
        null::text
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'trap' and has_function_privilege('trapdb_reader', p.oid, 'execute')
    union all
    select
        'type',
        n.nspname || '.' || t.typname,
        null::text,
        0,
        null::text,
        obj_description(t.oid, 'pg_type'),
        null::text,
        null::text
    from pg_type as t
    join pg_namespace as n on n.oid = t.typnamespace
    where n.nspname in ('trap', 'trap_data') and t.typtype in ('d', 'e')
)

select section, name, part, kind, meaning, unit, ucd
from described
order by
    array_position(array['view', 'function', 'type', 'table'], section),
    array_position(array['trap', 'ivoa', 'tap_schema'], split_part(name, '.', 1)),
    name,
    place,
    kind;
