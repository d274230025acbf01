-- The views that can be queried: those that trap.column_description describes.
-- Source: IVOA Recommendations TAP 1.1, section 4.2; ObsCore 1.1; ObsCore Extension for Radio Data 1.0, section 6 (utypes of their tables).
-- reads: the system catalogue
create view tap_schema.tables as
select
    n.nspname::text as schema_name,
    n.nspname || '.' || c.relname as table_name,
    'view'::text as table_type,
    case n.nspname || '.' || c.relname
        when 'ivoa.obscore' then 'ivo://ivoa.net/std/obscore#table-1.1'
        when 'ivoa.obscore_radio' then 'ivo://ivoa.net/std/obscore#radio-ext-1.0'
    end as utype,
    obj_description(c.oid, 'pg_class') as description,
    row_number() over (partition by n.nspname order by c.relname)::integer as table_index
from pg_catalog.pg_namespace as n
inner join pg_catalog.pg_class as c on n.oid = c.relnamespace
where
    n.nspname in ('trap', 'ivoa', 'tap_schema') and c.relkind = 'v' and c.relname not like 'indexed\_%'
    and (has_table_privilege(c.oid, 'select') or pg_has_role('trapdb_restricted', 'member'));
comment on view tap_schema.tables is 'The views that can be queried.';
comment on column tap_schema.tables.schema_name is 'Schema. {meta.id principal}';
comment on column tap_schema.tables.table_name is 'Name of the view, with its schema. {meta.id;meta.main principal}';
comment on column tap_schema.tables.table_type is 'table or view. {meta.code.class}';
comment on column tap_schema.tables.utype is 'Data model that it follows; NULL: none. {meta.id}';
comment on column tap_schema.tables.description is 'What a row of it is. {meta.note principal}';
comment on column tap_schema.tables.table_index is 'Place in a list of the views of its schema, from 1. {meta.record}';
