-- Names without a schema are pgSphere's, wherever it is installed.
select set_config('search_path', format('%I, pg_temp', pg_namespace.nspname), true)
from pg_extension
join pg_namespace on pg_namespace.oid = pg_extension.extnamespace
where pg_extension.extname = 'pg_sphere';
