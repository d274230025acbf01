-- The server processes that work for ingests.
select pid from pg_stat_activity where usename = 'trapdb_ingest';
