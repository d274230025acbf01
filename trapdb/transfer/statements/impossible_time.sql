-- A time that is infinite, or so far away that no program could show it.
select t.{column}::text as said
from pg_temp.{table} as t
where t.{column} < '0001-01-02 00:00:00+00' or t.{column} >= '9999-12-31 00:00:00+00'
limit 1
