select t.table_name as name, t.description
from tap_schema.tables as t
-- those of the archive first
order by array_position(array['trap', 'ivoa', 'tap_schema'], t.schema_name), t.table_index;
