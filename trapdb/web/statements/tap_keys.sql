select * from tap_schema.keys
order by key_id;
