-- Under which numbers this database has the reference catalogues of the other one: those that were loaded from the same file.
create temporary table catalogue_here on commit drop as
select there.catalogue_id, here.catalogue_id as here_id
from jsonb_to_recordset({catalogues}) as there (catalogue_id integer, name text, version text, digest text, n_sources bigint)
inner join trap_data.reference_catalogue as here
    on there.name = here.name and there.version = here.version and there.digest = here.digest and there.n_sources = here.n_sources
