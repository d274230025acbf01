-- Has another data set, in which the images of this one are associated anew, know what was injected into them.
-- reads: trap_data.injection, trap_data.dataset
-- writes: trap_data.injection
create function trap.copy_injections(p_from text, p_to text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_from_id constant integer := trap.dataset_id_of(p_from);
    v_to_id constant integer := trap.dataset_id_of(p_to);
    v_count integer;
begin
    perform trap.lock_dataset(v_to_id);
    insert into trap_data.injection (
        dataset_id, number, kind, ra, dec, peak_flux, peak_snr, peak_at, timescale, started_at, images, centre_distance, beam_major,
        parameters
    )
    select
        v_to_id, i.number, i.kind, i.ra, i.dec, i.peak_flux, i.peak_snr, i.peak_at, i.timescale, i.started_at, i.images,
        i.centre_distance, i.beam_major, i.parameters
    from trap_data.injection as i
    inner join trap_data.dataset as d on d.dataset_id = v_to_id and d.tense = 'injected'
    where i.dataset_id = v_from_id
    on conflict (dataset_id, number) do nothing;
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;
comment on function trap.copy_injections is
'Copies the truth about what was injected into a data set to another one with its images; returns how many rows are new [1].';
