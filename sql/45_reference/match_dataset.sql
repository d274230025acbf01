-- Lets a data set be matched with a catalogue: the sources that are there, and from now on those that come. Again, all are matched anew.
-- In the caller's transaction, so that they are matched all or not at all.
-- reads: trap_data.source
-- writes: trap_data.dataset_reference, trap_data.reference_match
create function trap.match_dataset(
    p_dataset text, p_catalogue_id integer, p_spectral_index_min double precision, p_spectral_index_max double precision
) returns table (n_sources bigint, n_matched bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    -- also of a data set that is published: what catalogues know near its sources is no part of it
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), v_dataset_id);
    insert into trap_data.dataset_reference (dataset_id, catalogue_id, spectral_index_min, spectral_index_max)
    values (v_dataset_id, p_catalogue_id, p_spectral_index_min, p_spectral_index_max)
    on conflict on constraint dataset_reference_pkey do update
    set spectral_index_min = excluded.spectral_index_min, spectral_index_max = excluded.spectral_index_max;

    delete from trap_data.reference_match as m
    where m.dataset_id = v_dataset_id and m.catalogue_id = p_catalogue_id;
    insert into trap_data.reference_match (dataset_id, source_id, catalogue_id, reference_id)
    select v_dataset_id, n.source_id, p_catalogue_id, n.reference_id
    from trap.search_references(
        v_dataset_id,
        array(select s.source_id from trap_data.source as s where s.dataset_id = v_dataset_id and not s.monitored),
        p_catalogue_id
    ) as n;

    return query
    select
        (select count(*) from trap_data.source as s where s.dataset_id = v_dataset_id and not s.monitored),
        (
            select count(distinct m.source_id)
            from trap_data.reference_match as m
            where m.dataset_id = v_dataset_id and m.catalogue_id = p_catalogue_id
        );
end;
$$;
comment on function trap.match_dataset is
'Lets a data set be matched with a reference catalogue, with the range of spectral indices [1] of sources for which none is known; '
'returns how many sources it has, and how many have something of the catalogue near them.';
