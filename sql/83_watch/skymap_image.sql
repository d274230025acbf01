-- How much of the probability of a sky map each accepted image covers, in time: of the cells of HEALPix in its footprint, to a
-- thirtieth of its radius at the border. What is blank is not covered.
-- reads: trap_data.skymap_cell, trap_data.image, trap_data.sky_region, trap_data.dataset
-- writes: nothing
create function trap.skymap_image(p_name text, p_dataset text default null)
returns table (
    dataset text, dataset_id integer, image_id bigint, path text, taken_at timestamptz, freq_eff double precision, band_id bigint,
    stokes text, probability double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_skymap_id constant integer := trap.skymap_id_of(p_name);
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
begin
    return query
    with region as materialized (
        select r.sky_region_id, sum(coalesce(whole.probability, 0) + coalesce(part.probability, 0)) as probability
        from trap_data.sky_region as r
        cross join lateral trap.region_cell(
            r.ra, r.dec, r.radius, r.polygon, r.blank_size, r.blank, trap.region_order(r.radius)
        ) as piece
        cross join lateral (
            select
                piece.healpix_cell * power(4::double precision, 29 - piece.healpix_order)::bigint as first_cell,
                power(4::double precision, 29 - piece.healpix_order)::bigint as width
            offset 0
        ) as fine
        -- cells of the map in it
        cross join lateral (
            select sum(c.probability) as probability
            from trap_data.skymap_cell as c
            where
                c.skymap_id = v_skymap_id and c.first_cell between fine.first_cell and fine.first_cell + fine.width - 1
                and c.healpix_order >= piece.healpix_order
        ) as whole
        -- or the one that it is in, by its share of that
        left join lateral (
            select c.healpix_order, c.first_cell, c.probability * power(4::double precision, c.healpix_order - piece.healpix_order) as probability
            from trap_data.skymap_cell as c
            where c.skymap_id = v_skymap_id and c.first_cell <= fine.first_cell
            order by c.first_cell desc
            limit 1
        ) as part
            on
                part.healpix_order < piece.healpix_order
                and fine.first_cell < part.first_cell + power(4::double precision, 29 - part.healpix_order)::bigint
        where (v_dataset_id is null or r.dataset_id = v_dataset_id) and piece.is_covered
        group by r.sky_region_id
    )

    select
        d.name, i.dataset_id, i.image_id, i.path, i.taken_at, i.freq_eff, i.band_id, i.stokes::text, r.probability
    from region as r
    inner join trap_data.image as i on r.sky_region_id = i.sky_region_id
    inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
    where i.status = 'accepted' and r.probability > 0
    order by i.taken_at, i.image_id;
end;
$$;
comment on function trap.skymap_image is
'The accepted images, of one data set or of all, that cover some of the probability of a sky map, in time; and how much of it each covers. '
'Frequency in Hz.';
