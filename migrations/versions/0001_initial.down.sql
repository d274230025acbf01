-- Takes everything of the first release away but the schema, in which the upgrade keeps its books.
-- Roles and the extension stay: they are the cluster's and the database's.
drop table
    trap_data.dataset,
    trap_data.pipeline_run,
    trap_data.run_log,
    trap_data.band,
    trap_data.sky_region,
    trap_data.image,
    trap_data.image_noise,
    trap_data.quality_check,
    trap_data.sky_region_limit,
    trap_data.measurement,
    trap_data.source,
    trap_data.source_flux,
    trap_data.association,
    trap_data.source_ancestry,
    trap_data.new_source;
drop type
    trap_data.image_status,
    trap_data.measurement_kind,
    trap_data.association_kind;
drop domain
    trap_data.right_ascension,
    trap_data.declination,
    trap_data.stokes_parameter;
