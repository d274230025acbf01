-- Creates a data set, or finds it, to add to it: a data set keeps the configuration with which it was created.
-- reads: trap_data.dataset, trap_data.image, trap_data.publication, trap.transient_definition
-- writes: trap_data.dataset, trap_data.dataset_reference; the data set's partitions
create function trap.open_dataset(p_name text, p_configuration jsonb)
returns table (dataset_id integer, created boolean, configuration jsonb, last_taken_at timestamptz, last_digest text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_dataset_id integer;
    v_unknown text;
begin
    -- two ingests that create the same data set at once: the second one waits here and then finds it
    perform pg_advisory_xact_lock(hashtext('trapdb create data set'));
    return query
    select
        d.dataset_id, false, d.configuration, d.last_taken_at,
        (
            select i.digest
            from trap_data.image as i
            where trap.is_in_dataset(i.image_id, d.dataset_id)
            order by i.image_id desc
            limit 1
        )
    from trap_data.dataset as d
    where d.name = p_name;
    if found then
        perform trap.require_unpublished(d.dataset_id) from trap_data.dataset as d where d.name = p_name;
        return;
    end if;
    select listed.value into v_unknown
    from jsonb_array_elements_text(p_configuration #> '{stamps,of}') as listed (value)
    where listed.value <> 'new' and listed.value not in (select t.name from trap.transient_definition as t)
    limit 1;
    if found then
        raise exception 'stamps.of: there is no definition of transients named "%": `trapdb definition list` lists them', v_unknown
        using errcode = 'TR004';
    end if;
    insert into trap_data.dataset as d (name, configuration, de_ruiter_limit, beam_limit, expiry, bandwidth_max)
    values (
        p_name,
        p_configuration,
        (p_configuration #>> '{association,de_ruiter_limit}')::double precision,
        (p_configuration #>> '{association,beam_limit}')::double precision,
        (p_configuration #>> '{null_detection,expiry}')::integer,
        (p_configuration #>> '{image,bandwidth_max}')::double precision
    )
    returning d.dataset_id into v_dataset_id;
    perform trap.create_partitions(v_dataset_id);
    insert into trap_data.dataset_reference (dataset_id, catalogue_id, spectral_index_min, spectral_index_max)
    select
        v_dataset_id, trap.reference_catalogue_id_of(named.catalogue),
        (p_configuration #>> '{reference,spectral_index_min}')::double precision,
        (p_configuration #>> '{reference,spectral_index_max}')::double precision
    from jsonb_array_elements_text(p_configuration #> '{reference,catalogues}') as named (catalogue);
    return query select v_dataset_id, true, p_configuration, null::timestamptz, null::text;
end;
$$;
comment on function trap.open_dataset is
'Creates the data set of this name, or finds it; returns its id, whether it is new, the configuration that holds for it, the time of '
'its last time step, and the digest of its last image.';
