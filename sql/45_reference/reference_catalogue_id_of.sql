-- The id of a reference catalogue by its name, or by its name and version.
-- reads: trap_data.reference_catalogue
-- writes: nothing
create function trap.reference_catalogue_id_of(p_name text, p_version text default null) returns integer
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids integer[];
    v_versions text;
begin
    select array_agg(c.catalogue_id), string_agg(c.version, ', ' order by c.catalogue_id) into v_ids, v_versions
    from trap_data.reference_catalogue as c
    where c.name = p_name and (p_version is null or c.version = p_version);
    if v_ids is null then
        raise exception 'there is no reference catalogue named "%"%', p_name, coalesce(format(' in version "%s"', p_version), '')
        using errcode = 'TR002';
    elsif cardinality(v_ids) > 1 then
        raise exception 'the reference catalogue "%" is there in versions %: say which', p_name, v_versions using errcode = 'TR004';
    end if;
    return v_ids[1];
end;
$$;
comment on function trap.reference_catalogue_id_of is
'The id of a reference catalogue by name and version; without a version it has to be the only one of its name.';
