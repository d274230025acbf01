-- The running fluxes of the first image alone, to be computed anew.
delete from trap_data.source_flux where dataset_id = %(dataset_id)s;
