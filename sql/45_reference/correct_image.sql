-- Corrects an image of the open time step, as far as its data set asks for it: its positions by the median offset from the first reference
-- catalogue, its fluxes by the median ratio to it. Between the COPY of its blind measurements and its association.
-- Stokes Q, U and V, which no catalogue tells, are corrected as the image of Stokes I beside them was.
-- reads: trap_data.dataset, trap_data.image
-- writes: trap_data.image_correction, trap_data.image, trap_data.image_noise, trap_data.measurement
create function trap.correct_image(p_image_id bigint) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step record;
    v_asked jsonb;
    v_image trap_data.image%rowtype;
    v_reference record;
    v_found trap.catalogue_comparison;
    v_astrometry boolean;
    v_flux boolean;
    v_told text[] := array[]::text[];
begin
    v_step := trap.require_time_step();
    select i.* into v_image
    from trap_data.image as i
    where
        i.image_id = p_image_id and trap.dataset_of(p_image_id) = v_step.dataset_id and p_image_id >= v_step.first_image_id
        and i.status = 'accepted';
    if not found then
        raise exception 'image % is not an accepted image of the open time step', p_image_id using errcode = 'TR003';
    end if;
    select coalesce(d.configuration #> '{reference,correct}', '[]') into v_asked
    from trap_data.dataset as d
    where d.dataset_id = v_step.dataset_id;
    if v_asked = '[]' then
        return null;
    end if;

    if v_image.stokes <> 'I' then
        insert into trap_data.image_correction (image_id, catalogue_id, n, n_flux, east_arcsec, north_arcsec, flux_scale)
        select p_image_id, c.catalogue_id, c.n, c.n_flux, c.east_arcsec, c.north_arcsec, c.flux_scale
        from trap_data.image_correction as c
        inner join trap_data.image as i on c.image_id = i.image_id
        where
            c.image_id >= v_step.first_image_id and trap.is_in_dataset(c.image_id, v_step.dataset_id)
            and i.stokes = 'I' and i.status = 'accepted'
            and i.band_id = v_image.band_id and i.sky_region_id = v_image.sky_region_id
            and i.duration is not distinct from v_image.duration
        order by c.image_id
        limit 1;
        if not found then
            return 'not corrected: no image of Stokes I beside it is';
        end if;
        perform trap.apply_correction(p_image_id, p_image_id, 1);
        return null;
    end if;

    v_reference := trap.first_reference(v_step.dataset_id);
    v_found := trap.image_against_reference(p_image_id, v_reference.catalogue_id);
    v_astrometry := v_asked ? 'astrometry' and v_found.n >= trap.least_counterparts();
    v_flux := v_asked ? 'flux' and v_found.n_flux >= trap.least_counterparts();
    if v_asked ? 'astrometry' and not v_astrometry then
        v_told := array_append(
            v_told, format('astrometry not corrected: %s counterparts in %s are too few', v_found.n, v_reference.catalogue)
        );
    end if;
    if v_asked ? 'flux' and not v_flux then
        v_told := array_append(
            v_told,
            format(
                'fluxes not corrected: %s counterparts with a flux at its frequency in %s are too few', v_found.n_flux, v_reference.catalogue
            )
        );
    end if;
    if v_astrometry or v_flux then
        insert into trap_data.image_correction (image_id, catalogue_id, n, n_flux, east_arcsec, north_arcsec, flux_scale)
        values (
            p_image_id, v_reference.catalogue_id,
            case when v_astrometry then v_found.n end, case when v_flux then v_found.n_flux end,
            case when v_astrometry then -v_found.median_east_arcsec else 0 end,
            case when v_astrometry then -v_found.median_north_arcsec else 0 end,
            case when v_flux then 1 / v_found.ratio else 1 end
        );
        perform trap.apply_correction(p_image_id, p_image_id, 1);
    end if;
    return nullif(array_to_string(v_told, '; '), '');
end;
$$;
comment on function trap.correct_image is
'Corrects astrometry and flux scale of an image of the open time step by the first reference catalogue, as far as its data set asks for that; '
'returns what was not done of it, and why.';
