-- Whether the schemas that an upgrade rebuilds are as it left them, told without printing a definition: whoever changes or grants
-- something writes a new row of a catalogue, in another transaction than that of the books. After a restored dump all rows are new; then
-- the definitions have to be compared.
with schema as (
    select
        oid,
        xmin
    from pg_namespace
    where nspname in ('trap', 'tap_schema', 'ivoa')
),

relation as (
    select
        pg_class.oid,
        pg_class.xmin
    from schema
    join pg_class on pg_class.relnamespace = schema.oid
),

type as (
    select
        pg_type.oid,
        pg_type.xmin
    from schema
    join pg_type on pg_type.typnamespace = schema.oid
),

written (transaction) as (
    select xmin from trap_data.code_object
    union
    select xmin from schema
    union
    select pg_proc.xmin
    from schema
    join pg_proc on pg_proc.pronamespace = schema.oid
    union
    select xmin from relation
    union
    select pg_attribute.xmin
    from relation
    join pg_attribute on pg_attribute.attrelid = relation.oid
    union
    select pg_rewrite.xmin
    from relation
    join pg_rewrite on pg_rewrite.ev_class = relation.oid
    union
    select pg_trigger.xmin
    from relation
    join pg_trigger on pg_trigger.tgrelid = relation.oid
    union
    select xmin from type
    union
    select pg_constraint.xmin
    from type
    join pg_constraint on pg_constraint.contypid = type.oid
    union
    select pg_enum.xmin
    from type
    join pg_enum on pg_enum.enumtypid = type.oid
),

-- what was dropped left no row
member as (
    select schema.oid
    from schema
    union all
    select pg_depend.objid
    from schema
    join pg_depend on pg_depend.refclassid = 'pg_catalog.pg_namespace'::regclass and pg_depend.refobjid = schema.oid
    where pg_depend.deptype = 'n'
)

select
    (select count(*) from written) = 1
    and (select count(*) from member) = (select count(*) from trap_data.code_object) as untouched;
