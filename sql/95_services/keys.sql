-- Which views can be joined with which.
-- Source: IVOA Recommendation, TAP 1.1, section 4.4.
-- reads: trap.column_reference
create view tap_schema.keys as
select
    r.schema_name || '.' || r.view_name || '.' || r.column_name as key_id,
    r.schema_name || '.' || r.view_name as from_table,
    r.target_schema || '.' || r.target_view as target_table,
    null::text as description,
    null::text as utype
from trap.column_reference as r;
comment on view tap_schema.keys is 'Which views can be joined with which.';
comment on column tap_schema.keys.key_id is 'Name of the key: view and column. {meta.id;meta.main principal}';
comment on column tap_schema.keys.from_table is 'View whose rows name rows of another. {meta.id;meta.table principal}';
comment on column tap_schema.keys.target_table is 'The other view. {meta.id.assoc;meta.table principal}';
comment on column tap_schema.keys.description is 'What the key is; NULL: what its column says. {meta.note}';
comment on column tap_schema.keys.utype is 'Place in a data model; NULL: none. {meta.id}';
