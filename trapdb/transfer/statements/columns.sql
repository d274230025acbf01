-- The columns of a table that are stored, with their types.
select a.attname as name, t.typname as type
from pg_attribute as a
inner join pg_type as t on a.atttypid = t.oid
where a.attrelid = {table}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attnum
