-- The time [ms] spent so far in each routine of schema trap by the open transaction, without what it called.
select f.funcname as routine, f.self_time as self_ms
from pg_stat_xact_user_functions as f
where f.schemaname = 'trap';
