-- The schemas that can be queried: this and the other views of tap_schema are made of the catalogue of the database and the comments of its
-- columns, and describe themselves.
-- Source: IVOA Recommendation, TAP 1.1, section 4.1.
-- reads: the system catalogue
create view tap_schema.schemas as
select
    n.nspname::text as schema_name,
    null::text as utype,
    obj_description(n.oid, 'pg_namespace') as description,
    array_position(array['trap', 'ivoa', 'tap_schema'], n.nspname::text) as schema_index
from pg_catalog.pg_namespace as n
where n.nspname in ('trap', 'ivoa', 'tap_schema');
comment on view tap_schema.schemas is 'The schemas that can be queried.';
comment on column tap_schema.schemas.schema_name is 'Name of the schema. {meta.id;meta.main principal}';
comment on column tap_schema.schemas.utype is 'Data model that it follows; NULL: none. {meta.id}';
comment on column tap_schema.schemas.description is 'What it is. {meta.note principal}';
comment on column tap_schema.schemas.schema_index is 'Place in a list, from 1. {meta.record}';
