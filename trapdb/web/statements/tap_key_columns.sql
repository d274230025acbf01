select * from tap_schema.key_columns
order by key_id;
