-- The accepted images of a data set, with what aligns them: offset and flux scale against the catalogue, by five sources or more. Those of
-- Stokes Q, U and V, which show few sources, are aligned as the image of Stokes I of the same time and band.
-- reads: trap_data.image, trap_data.difference, trap.image_offset, trap.image_flux_scale
-- writes: nothing
create function trap.image_to_difference(p_dataset text)
returns table (
    image_id bigint, path text, digest text, taken_at timestamptz, band_id bigint, freq_eff double precision, stokes text,
    rms double precision, offset_east double precision, offset_north double precision, flux_ratio double precision, is_done boolean
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    if (
        trap.are_differences(v_dataset_id)
        or exists (select from trap_data.difference as f where f.dataset_id = v_dataset_id)
    )
    then
        raise exception 'the images of "%" are differences: there is nothing to subtract from; name the data set of the images', p_dataset
        using errcode = 'TR004';
    end if;
    return query
    with aligned as materialized (
        select
            i.image_id, i.taken_at, i.band_id, i.stokes,
            o.median_east_arcsec / 3600 as east, o.median_north_arcsec / 3600 as north, f.ratio
        from trap_data.image as i
        left join (
            select * from trap.image_offset as v where v.dataset_id = v_dataset_id and v.n >= 5
        ) as o on i.image_id = o.image_id
        left join (
            select * from trap.image_flux_scale as v where v.dataset_id = v_dataset_id and v.n >= 5
        ) as f on i.image_id = f.image_id
        where i.dataset_id = v_dataset_id and i.status = 'accepted' and i.rms_median > 0
    )

    select
        i.image_id, i.path, i.digest, i.taken_at, i.band_id, i.freq_eff::double precision, i.stokes::text,
        i.rms_median::double precision, a.east, a.north, a.ratio,
        exists (select from trap_data.difference as d where d.parent_id = v_dataset_id and d.parent_digest = i.digest)
    from trap_data.image as i
    inner join lateral (
        select b.east, b.north, b.ratio
        from aligned as b
        where b.band_id = i.band_id and b.taken_at = i.taken_at and b.stokes in ('I', i.stokes)
        order by b.stokes <> 'I', b.image_id <> i.image_id
        limit 1
    ) as a on true
    where i.dataset_id = v_dataset_id and i.status = 'accepted' and i.rms_median > 0
    order by i.band_id, i.stokes, i.taken_at, i.image_id;
end;
$$;
comment on function trap.image_to_difference is
'The accepted images of a data set, by band, Stokes parameter and time: path, digest, rms [Jy/beam]; offset_east and offset_north, how far '
'their sources lie from the catalogue [deg], and flux_ratio, their fluxes over the catalogue''s [1], NULL where fewer than five sources '
'tell; is_done, whether there is a difference of it, also one that was rewound.';
