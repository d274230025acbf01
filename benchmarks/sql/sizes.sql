-- Size [bytes] of what each partitioned table holds of all data sets, without and with its indexes, and its rows.
select
    parent.relname as "table", sum(pg_table_size(c.oid))::bigint as table_bytes,
    sum(pg_indexes_size(c.oid))::bigint as index_bytes, sum(greatest(c.reltuples, 0))::bigint as "rows"
from pg_inherits as i
inner join pg_class as c on i.inhrelid = c.oid and c.relkind = 'r'
inner join pg_class as parent on i.inhparent = parent.oid
where parent.relnamespace = 'trap_data'::regnamespace
group by parent.relname
order by parent.relname;
