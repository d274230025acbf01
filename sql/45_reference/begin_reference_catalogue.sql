-- Begins to load a reference catalogue: its partition is there as a table of its own, for binary COPY, until it is finished. All of
-- that is one transaction. A file that was loaded with the same column map is recognised, whatever its name, and nothing begins.
-- reads: nothing
-- writes: trap_data.reference_catalogue, trap_data.reference_source (a partition to be, not yet of it)
create function trap.begin_reference_catalogue(
    p_name text, p_version text, p_kind text, p_digest text, p_column_map jsonb,
    p_frequency double precision, p_bandwidth double precision, p_beam_major double precision, p_beam_minor double precision,
    p_epoch_first double precision, p_epoch_last double precision, p_flux_limit double precision, p_completeness double precision,
    p_systematic_err double precision, p_largest_scale double precision, p_licence text, p_origin text
) returns table (catalogue_id integer, is_new boolean, name text, version text)
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_partition text;
begin
    if coalesce(p_name, '') = '' or coalesce(p_version, '') = '' then
        raise exception 'a reference catalogue needs a name and a version' using errcode = 'TR004';
    end if;
    return query
    select c.catalogue_id, false, c.name, c.version
    from trap_data.reference_catalogue as c
    where c.digest = p_digest and c.column_map = p_column_map
    order by (c.name, c.version) = (p_name, p_version) desc, c.catalogue_id
    limit 1;
    if found then
        return;
    end if;

    -- a second one that loads the same name waits here for the first
    insert into trap_data.reference_catalogue as c (
        name, version, kind, digest, column_map, frequency, bandwidth, beam_major, beam_minor, epoch_first, epoch_last,
        flux_limit, completeness, systematic_err, largest_scale, licence, origin
    ) values (
        p_name, p_version, p_kind, p_digest, p_column_map, p_frequency, p_bandwidth, p_beam_major, p_beam_minor,
        p_epoch_first, p_epoch_last, p_flux_limit, p_completeness, p_systematic_err, p_largest_scale, p_licence, p_origin
    )
    on conflict on constraint reference_catalogue_name_version_key do nothing
    returning c.catalogue_id, true, c.name, c.version into catalogue_id, is_new, name, version;
    if not found then
        raise exception 'there is a reference catalogue % in version % already, of another file or other columns', p_name, p_version
        using errcode = 'TR004', hint = 'choose another version or name, or remove it first';
    end if;
    v_partition := format('reference_source_%s', catalogue_id);
    execute format(
        'create table trap_data.%I (like trap_data.reference_source including all excluding indexes, check (catalogue_id = %s))',
        v_partition, catalogue_id
    );
    -- binary COPY refuses a table with a type that cannot be sent in binary, also where it is computed: pos comes at the end
    execute format(
        'alter table trap_data.%I drop column pos, alter column catalogue_id set default %s', v_partition, catalogue_id
    );
    execute format('grant insert on trap_data.%I to trapdb_operator', v_partition);
    return next;
end;
$$;
comment on function trap.begin_reference_catalogue is
'Begins to load a reference catalogue into the table trap_data.reference_source_ID; returns its ID, and whether it is a new one: if not, '
'name and version are those under which the same file is there. Angles in deg, epochs in yr, fluxes in Jy, frequencies in Hz.';
