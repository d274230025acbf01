-- The work of the open transaction so far in the tables of trap_data and the stage tables, with their indexes: buffers and rows
-- read or written. Autovacuum and the like are not counted.
select
    coalesce(sum(pg_stat_get_xact_blocks_fetched(c.oid)), 0)::bigint as buffers,
    coalesce(sum(
        case
            when c.relkind = 'i' then 0
            else
                pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)
                + pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
                + pg_stat_get_xact_tuples_deleted(c.oid)
        end
    ), 0)::bigint as "rows",
    pg_current_wal_insert_lsn() as wal
from pg_class as c
where c.relnamespace in ('trap_data'::regnamespace, pg_my_temp_schema()) and c.relkind in ('r', 'i');
