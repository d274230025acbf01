-- What the reference catalogues say of one source in one band, for a list of few: planned for its data set alone.
-- reads: trap.dataset_reference, trap.reference_counterpart, trap.reference_flux, trap.reference_absent_most
-- writes: nothing
create function trap.reference_verdict(
    p_source_id bigint, p_band_id bigint, p_stokes text,
    out counterparts text, out reference_class text, out reference_flux_ratio double precision,
    out reference_absent_factor double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
begin
    perform from trap.dataset_reference as k where k.dataset_id = v_dataset_id;
    if not found then
        return;
    end if;
    select c.counterparts, c.reference_class into counterparts, reference_class
    from trap.reference_counterpart as c
    where c.dataset_id = v_dataset_id and c.source_id = p_source_id;
    select f.reference_flux_ratio into reference_flux_ratio
    from trap.reference_flux as f
    where f.dataset_id = v_dataset_id and f.source_id = p_source_id and f.band_id = p_band_id and f.stokes = p_stokes;
    select a.reference_absent_factor into reference_absent_factor
    from trap.reference_absent_most as a
    where a.dataset_id = v_dataset_id and a.source_id = p_source_id and a.band_id = p_band_id and a.stokes = p_stokes;
end;
$$;
comment on function trap.reference_verdict is
'What the reference catalogues say of a source in a band: its counterparts in words, the class of the most reliable one, its flux density '
'over that of the counterpart that is nearest in frequency [1], by how much it exceeds the limit of a catalogue that should have it [1].';
