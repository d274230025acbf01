-- Says of a reference catalogue that is there where it covers the sky.
-- reads: nothing
-- writes: trap_data.reference_catalogue, trap_data.reference_density
create function trap.set_reference_coverage(p_name text, p_version text, p_coverage text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform trap.cover_reference_catalogue(trap.reference_catalogue_id_of(p_name, p_version), p_coverage, false);
end;
$$;
comment on function trap.set_reference_coverage is
'Sets the coverage of a reference catalogue: a MOC as text, "all", "sources", or NULL where it is not known; NULL for the version: the '
'only one.';
