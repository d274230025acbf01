-- The login roles of the private server. No passwords: who reaches the socket is its owner.
-- They are made last of all, so that a server that lets them in is complete.
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_ingest') then
        create role trapdb_ingest login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_query') then
        create role trapdb_query login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_web') then
        create role trapdb_web login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_web_restricted') then
        create role trapdb_web_restricted login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_jobs') then
        create role trapdb_jobs login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'trapdb_ratings') then
        create role trapdb_ratings login;
    end if;
end;
$$;

grant trapdb_operator to trapdb_ingest;
grant trapdb_reader to trapdb_query;
grant trapdb_public to trapdb_web;
grant trapdb_restricted to trapdb_web_restricted;
grant trapdb_worker to trapdb_jobs;
grant trapdb_rater to trapdb_ratings;

-- Rights keep a reader from writing. These are against mistakes, and a query could undo the first
-- two; the third, the space for sorting and joining on disk, only an administrator can raise.
alter role trapdb_query set default_transaction_read_only = on;
alter role trapdb_query set statement_timeout = '60s';
alter role trapdb_query set temp_file_limit = '20GB';

alter role trapdb_web set default_transaction_read_only = on;
alter role trapdb_web set statement_timeout = '60s';
alter role trapdb_web set temp_file_limit = '5GB';

alter role trapdb_web_restricted set default_transaction_read_only = on;
alter role trapdb_web_restricted set statement_timeout = '60s';
alter role trapdb_web_restricted set temp_file_limit = '5GB';
