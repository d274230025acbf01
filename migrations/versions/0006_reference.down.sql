-- Takes away the reference catalogues. They can be loaded again from their files.
drop table trap_data.reference_density;
drop table trap_data.reference_source;
drop table trap_data.reference_catalogue;
