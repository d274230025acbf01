-- Size [bytes] of each table with its indexes, of all data sets, and its rows; and of all of PostgreSQL's own tables.
select
    coalesce(root.relname, c.relname) as "name", sum(pg_total_relation_size(c.oid))::bigint as "bytes",
    sum(
        (xpath('//n/text()', query_to_xml(format('select count(*) as n from %s', c.oid::regclass), false, true, '')))[1]::text::bigint
    )::bigint as "rows"
from pg_class as c
left join pg_inherits as i on c.oid = i.inhrelid
left join pg_class as root on i.inhparent = root.oid
where c.relkind = 'r' and c.relnamespace = 'trap_data'::regnamespace
group by 1
union all
select 'pg_catalog', sum(pg_total_relation_size(c.oid))::bigint, null
from pg_class as c
where c.relkind = 'r' and c.relnamespace = 'pg_catalog'::regnamespace
order by 1;
