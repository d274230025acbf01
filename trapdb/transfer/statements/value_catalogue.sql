(select h.here_id from pg_temp.catalogue_here as h where h.catalogue_id = t.catalogue_id)
