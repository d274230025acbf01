-- Which columns name a row of another view, so that the two can be joined: ids by their names, and the keys of TAP_SCHEMA.
-- reads: trap.column_description
create view trap.column_reference as
select d.schema_name, d.view_name, d.column_name, named.target_schema, named.target_view, named.target_column
from trap.column_description as d
inner join (
    values
    ('trap', 'dataset_id', 'trap', 'dataset', 'dataset_id'),
    ('trap', 'run_id', 'trap', 'pipeline_run', 'run_id'),
    ('trap', 'image_id', 'trap', 'image', 'image_id'),
    ('trap', 'band_id', 'trap', 'band', 'band_id'),
    ('trap', 'sky_region_id', 'trap', 'sky_region', 'sky_region_id'),
    ('trap', 'measurement_id', 'trap', 'measurement', 'measurement_id'),
    ('trap', 'source_id', 'trap', 'running_catalogue', 'source_id'),
    ('trap', 'catalogue_id', 'trap', 'reference_catalogue', 'catalogue_id'),
    ('ivoa', 'obs_publisher_did', 'ivoa', 'obscore', 'obs_publisher_did'),
    -- TAP_SCHEMA calls a column otherwise where there are two of a kind
    ('tap_schema', 'schema_name', 'tap_schema', 'schemas', 'schema_name'),
    ('tap_schema', 'table_name', 'tap_schema', 'tables', 'table_name'),
    ('tap_schema', 'from_table', 'tap_schema', 'tables', 'table_name'),
    ('tap_schema', 'target_table', 'tap_schema', 'tables', 'table_name'),
    ('tap_schema', 'key_id', 'tap_schema', 'keys', 'key_id')
) as named (schema_name, column_name, target_schema, target_view, target_column)
    on d.schema_name = named.schema_name and d.column_name = named.column_name
where d.view_name <> named.target_view;
comment on view trap.column_reference is 'Which columns name a row of another view.';
comment on column trap.column_reference.schema_name is 'Schema of the view. {meta.id}';
comment on column trap.column_reference.view_name is 'View. {meta.id;meta.table principal}';
comment on column trap.column_reference.column_name is 'Column that names a row. {meta.id principal}';
comment on column trap.column_reference.target_schema is 'Schema of the other view. {meta.id.assoc}';
comment on column trap.column_reference.target_view is 'View of the row. {meta.id.assoc;meta.table principal}';
comment on column trap.column_reference.target_column is 'Column by which the row is found. {meta.id.assoc principal}';
