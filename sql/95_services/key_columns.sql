-- By which columns views are joined.
-- Source: IVOA Recommendation, TAP 1.1, section 4.5.
-- reads: trap.column_reference
create view tap_schema.key_columns as
select
    r.schema_name || '.' || r.view_name || '.' || r.column_name as key_id,
    trap.adql_name(r.column_name) as from_column,
    trap.adql_name(r.target_column) as target_column
from trap.column_reference as r;
comment on view tap_schema.key_columns is 'By which columns views are joined.';
comment on column tap_schema.key_columns.key_id is 'Name of the key. {meta.id principal}';
comment on column tap_schema.key_columns.from_column is 'Column of the view whose rows name rows of another. {meta.id principal}';
comment on column tap_schema.key_columns.target_column is 'Column of the other view. {meta.id.assoc principal}';
