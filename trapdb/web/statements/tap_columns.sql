select * from tap_schema.columns
order by table_name, column_index;
