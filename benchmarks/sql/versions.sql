select current_setting('server_version') as postgresql, extversion as pgsphere from pg_extension where extname = 'pg_sphere';
