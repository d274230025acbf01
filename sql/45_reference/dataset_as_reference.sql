-- The sources of a data set as a reference catalogue has them: what was found at least once, blindly and in Stokes I, in a band, with its
-- mean position, the mean of all its flux densities there, forced fits included, and its mean shape without the largest beam.
-- What it takes to be a source rather than noise is for the detection threshold to say. Monitored positions are not among them.
-- reads: trap_data.source, trap_data.source_flux, trap_data.image
-- writes: nothing
create function trap.dataset_as_reference(p_dataset_id integer, p_band_id bigint)
returns table (
    reference_id bigint, designation text, ra double precision, "dec" double precision, ra_err double precision,
    dec_err double precision, flux double precision, flux_err double precision, major double precision,
    minor double precision, pa double precision, epoch double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_beam trap_data.image%rowtype;
begin
    select i.* into v_beam
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.band_id = p_band_id and i.stokes = 'I' and i.status = 'accepted'
    order by i.beam_major desc, i.image_id
    limit 1;
    return query
    select
        row_number() over (order by s.source_id), s.name, s.ra, s.dec, s.ra_err, s.dec_err,
        f.int_mean, sqrt(f.int_variance_sum) / f.n,
        shape.deconvolved_major, shape.deconvolved_minor, shape.deconvolved_pa,
        (trap.julian_year(s.first_seen) + trap.julian_year(s.last_seen)) / 2
    from trap_data.source as s
    inner join trap_data.source_flux as f on s.dataset_id = f.dataset_id and s.source_id = f.source_id
    cross join lateral trap.mean_shape(
        s.shape_weight, s.shape_ll, s.shape_lm, s.shape_mm, v_beam.beam_major, v_beam.beam_minor, v_beam.beam_pa
    ) as shape
    where
        s.dataset_id = p_dataset_id and not s.monitored
        and f.dataset_id = p_dataset_id and f.band_id = p_band_id and f.stokes = 'I' and f.n_blind > 0
    order by s.source_id;
end;
$$;
comment on function trap.dataset_as_reference is
'The sources of a data set that were found in a band, as the rows of a reference catalogue: angles in deg, fluxes in Jy, epochs in yr.';
