select h.catalogue_id from pg_temp.catalogue_here as h
