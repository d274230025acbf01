-- The statements that take away what was built for logins that are shown some data sets only: one, or all of them.
-- Parameters: login; NULL for all.
select format('drop schema %%I cascade', n.nspname) as statement
from pg_namespace as n
where
    case
        when %(login)s::text is null then n.nspname like 'shown\_to\_%%' or n.nspname like 'data\_shown\_to\_%%'
        else n.nspname in ('shown_to_' || %(login)s::text, 'data_shown_to_' || %(login)s::text)
    end
    and n.nspowner = 'trapdb_admin'::regrole;
