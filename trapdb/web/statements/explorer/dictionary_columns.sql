select c.table_name, c.column_name as name, c.description, c.unit, c.indexed = 1 as indexed, c.principal = 1 as principal
from tap_schema.columns as c
order by c.table_name, c.column_index;
