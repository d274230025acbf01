-- How far the measurements of an image that is not stored yet lie off the first reference catalogue of the open time step's data set, and
-- by which factor their fluxes do.
-- reads: trap_data.dataset, trap_data.dataset_reference, trap_data.reference_catalogue, trap_data.reference_source
-- writes: nothing
create function trap.new_image_against_reference(
    p_ra_0 double precision, p_dec_0 double precision, p_beam_major double precision, p_freq_eff double precision,
    p_ra double precision[], p_dec double precision[], p_int_flux double precision[], p_int_flux_err double precision[]
) returns table (catalogue text, n integer, offset_arcsec double precision, n_flux integer, ratio double precision)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step record;
    v_reference record;
begin
    v_step := trap.require_time_step();
    v_reference := trap.first_reference(v_step.dataset_id);
    return query
    select
        v_reference.catalogue, c.n,
        case
            when c.n >= trap.least_counterparts()
                then sqrt(c.median_east_arcsec * c.median_east_arcsec + c.median_north_arcsec * c.median_north_arcsec)
        end,
        c.n_flux, case when c.n_flux >= trap.least_counterparts() then c.ratio end
    from trap.compare_with_reference(
        v_reference.catalogue_id, v_reference.spectral_index_min, v_reference.spectral_index_max,
        v_step.taken_at, p_ra_0, p_dec_0, p_beam_major, p_freq_eff, p_ra, p_dec, p_int_flux, p_int_flux_err
    ) as c;
end;
$$;
comment on function trap.new_image_against_reference is
'Compares measurements of an image of the open time step with the first reference catalogue of its data set: the median offset [arcsec] and '
'the median ratio of flux densities [1], NULL with too few counterparts, and of how many they are. Angles in deg, frequencies in Hz, flux '
'densities in Jy.';
