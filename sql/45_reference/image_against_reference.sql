-- The blind measurements of an image, as they are stored, against a reference catalogue with which its data set is matched.
-- reads: trap_data.image, trap_data.dataset_reference, trap_data.measurement
-- writes: nothing
create function trap.image_against_reference(p_image_id bigint, p_catalogue_id integer) returns trap.catalogue_comparison
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_result trap.catalogue_comparison;
begin
    select c.* into v_result
    from trap_data.image as i
    inner join trap_data.dataset_reference as k on k.dataset_id = trap.dataset_of(p_image_id) and k.catalogue_id = p_catalogue_id
    cross join lateral (
        select
            array_agg(m.ra order by m.measurement_id) as ra, array_agg(m.dec order by m.measurement_id) as dec,
            array_agg(m.int_flux order by m.measurement_id) as int_flux,
            array_agg(m.int_flux_err::double precision order by m.measurement_id) as int_flux_err
        from trap_data.measurement as m
        where
            m.dataset_id = trap.dataset_of(p_image_id) and trap.is_in_image(m.measurement_id, p_image_id)
            and m.kind = 'blind' and m.usable
    ) as found
    cross join lateral trap.compare_with_reference(
        k.catalogue_id, k.spectral_index_min, k.spectral_index_max, i.taken_at, i.ra, i.dec, i.beam_major, i.freq_eff,
        found.ra, found.dec, found.int_flux, found.int_flux_err
    ) as c
    where i.image_id = p_image_id and i.status = 'accepted';
    return v_result;
end;
$$;
comment on function trap.image_against_reference is
'Compares the blind measurements of an image with a reference catalogue with which its data set is matched.';
