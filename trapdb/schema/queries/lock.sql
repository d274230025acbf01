-- Upgrades of one database go one after the other; the second finds the work of the first done.
select pg_advisory_xact_lock(hashtextextended('trapdb schema', 0));
-- After that an upgrade waits for open transactions, and new ones queue up behind it: not for long.
set local lock_timeout = '20s';
set local client_min_messages = warning;
