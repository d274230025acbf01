-- The accepted images of a data set in the order of time, with what decides which of them can be added up. Offset and flux scale against
-- the catalogue are looked up only if they are asked for: that reads all light curves.
-- reads: trap_data.image, trap_data.difference, trap.image_offset, trap.image_flux_scale
-- writes: nothing
create function trap.image_to_stack(p_dataset text, p_compared boolean)
returns table (
    image_id bigint, path text, digest text, taken_at timestamptz, duration double precision, band_id bigint, freq_eff double precision,
    stokes text, beam_major double precision, beam_minor double precision, beam_pa double precision, rms double precision,
    noise_correlation double precision, offset_arcsec double precision, offset_err_arcsec double precision,
    flux_ratio double precision, flux_ratio_err double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    if p_compared and (
        trap.are_differences(v_dataset_id)
        or exists (select from trap_data.difference as f where f.dataset_id = v_dataset_id)
    )
    then
        raise exception 'the images of "%" are differences: there is nothing to add up; name the data set of the images', p_dataset
        using errcode = 'TR004';
    end if;
    return query
    select
        i.image_id, i.path, i.digest, i.taken_at, i.duration::double precision, i.band_id, i.freq_eff::double precision, i.stokes::text,
        i.beam_major::double precision, i.beam_minor::double precision, i.beam_pa::double precision, i.rms_median::double precision,
        i.noise_correlation::double precision,
        sqrt(power(o.median_east_arcsec, 2) + power(o.median_north_arcsec, 2)),
        -- a median scatters by sqrt(pi / 2) more than a mean
        1.2533 * greatest(o.scatter_east_arcsec, o.scatter_north_arcsec) / sqrt(o.n),
        f.ratio, f.ratio_err
    from trap_data.image as i
    left join (
        select * from trap.image_offset as v where p_compared and v.dataset_id = v_dataset_id
    ) as o on i.image_id = o.image_id
    left join (
        select * from trap.image_flux_scale as v where p_compared and v.dataset_id = v_dataset_id
    ) as f on i.image_id = f.image_id
    where i.dataset_id = v_dataset_id and i.status = 'accepted' and i.rms_median > 0
    order by i.band_id, i.stokes, i.taken_at, i.image_id;
end;
$$;
comment on function trap.image_to_stack is
'The accepted images of a data set with a known noise, by band, Stokes parameter and time: path, digest, start, duration [s]; beam [deg]; '
'rms [Jy/beam]; noise_correlation, width of the noise''s autocorrelation [beams]; with p_compared also the offset from the catalogue with '
'its error [arcsec] [arcsec] and the ratio of fluxes to it with its error [1] [1].';
