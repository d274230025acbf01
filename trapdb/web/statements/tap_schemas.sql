select * from tap_schema.schemas
order by schema_index;
