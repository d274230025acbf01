-- The statements that give a login what a restriction shows: its views, and the functions that trapdb_public may call in schema trap.
-- Parameters: login; schema, of what is shown to it.
with shown as (
    select
        n.oid,
        n.nspname as name
    from pg_namespace as n
    where n.nspname = %(schema)s
)

select format('revoke all on all functions in schema %%I from public', shown.name) as statement
from shown
union all
select format('grant usage on schema %%I to %%I', shown.name, %(login)s::text)
from shown
union all
select format('grant select on all tables in schema %%I to %%I', shown.name, %(login)s::text)
from shown
union all
select format('grant execute on function %%s to %%I', p.oid::regprocedure, %(login)s::text)
from shown
inner join pg_proc as p on shown.oid = p.pronamespace
where
    exists (
        select from pg_proc as public
        where
            public.pronamespace in ('trap'::regnamespace, 'ivoa'::regnamespace)
            and public.proname = p.proname
            and has_function_privilege('trapdb_public', public.oid, 'execute')
    );
