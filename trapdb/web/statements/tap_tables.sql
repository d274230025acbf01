select * from tap_schema.tables
order by schema_name, table_index;
