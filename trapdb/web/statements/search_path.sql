-- Names without a schema are those of what the login is shown: all, in schemas trap and ivoa, or some data sets, in a schema of its
-- own. Temporary tables come last, so that no client's table takes the place of a view.
select
    set_config(
        'search_path',
        format('%s, %I, pg_temp', coalesce(quote_ident(shown.nspname), 'trap, ivoa'), sphere.nspname),
        false
    )
from pg_extension as e
inner join pg_namespace as sphere on e.extnamespace = sphere.oid
left join pg_namespace as shown
    on shown.nspname = 'shown_to_' || current_user and has_schema_privilege(shown.oid, 'usage')
where e.extname = 'pg_sphere';
