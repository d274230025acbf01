-- What leakage is told by: for each image of Q, U or V with an image of Stokes I beside it the ratios of its brightest sources, at most
-- 300, as the time step itself knew them. Of all sources, or of some; of the images from one on.
-- reads: trap_data.image, trap_data.association, trap_data.curve_stretch, trap_data.blended_point, trap_data.measurement, trap_data.dataset
-- writes: nothing
create function trap.leakage_sample(p_dataset_id integer, p_first_image_id bigint, p_source_ids bigint[])
returns table (
    image_id bigint, total_image_id bigint, known_image_id bigint,
    ratio double precision[], ratio_err double precision[], l double precision[], m double precision[]
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
as $$
declare
    v_snr_min double precision;
begin
    select (d.configuration #>> '{polarisation,leakage_snr_min}')::double precision into v_snr_min
    from trap_data.dataset as d
    where d.dataset_id = p_dataset_id;
    return query
    with step_image as materialized (
        select i.*, max(i.image_id) over (partition by i.taken_at) as last_image_id
        from trap_data.image as i
        where i.image_id >= p_first_image_id and trap.is_in_dataset(i.image_id, p_dataset_id) and i.status <> 'rewound'
    ),

    pair as materialized (
        select distinct on (x.image_id)
            x.image_id, total.image_id as total_image_id, x.last_image_id, x.ra, x.dec
        from step_image as x
        inner join step_image as total
            on x.taken_at = total.taken_at and x.band_id = total.band_id and x.ra = total.ra and x.dec = total.dec
            and x.duration is not distinct from total.duration
        where x.status = 'accepted' and total.status = 'accepted' and x.stokes <> 'I' and total.stokes = 'I'
        order by x.image_id, total.image_id
    ),

    point as materialized (
        select a.source_id, a.measurement_id, trap.image_of(a.measurement_id) as in_image_id, a.known_image_id
        from trap_data.association as a
        where
            a.dataset_id = p_dataset_id and (p_source_ids is null or a.source_id = any(p_source_ids))
            and a.measurement_id >= trap.measurement_id(p_first_image_id, 0)
        union all
        -- nothing of an open time step is packed
        select c.source_id, k.measurement_id, k.image_id, k.known_image_id
        from trap_data.curve_stretch as c
        cross join lateral trap.packed_point(c) as k
        where
            p_first_image_id <= trap.numbered_id(p_dataset_id, 0)
            and c.dataset_id = p_dataset_id and (p_source_ids is null or c.source_id = any(p_source_ids))
        union all
        -- what was set aside later was a point
        select b.source_id, b.measurement_id, trap.image_of(b.measurement_id), b.known_image_id
        from trap_data.blended_point as b
        inner join step_image as i on trap.image_of(b.measurement_id) = i.image_id
        where
            b.dataset_id = p_dataset_id and (p_source_ids is null or b.source_id = any(p_source_ids))
            and b.measurement_id >= trap.measurement_id(p_first_image_id, 0) and b.blended_image_id > i.last_image_id
    ),

    measured as (
        select
            p.image_id, p.total_image_id, p.last_image_id, total.measurement_id as total_measurement_id, share.measurement_id,
            share.peak_flux / total.peak_flux as ratio,
            sqrt(
                power(share.peak_flux_err, 2) + power(share.peak_flux / total.peak_flux * total.peak_flux_err, 2)
            ) / total.peak_flux as ratio_err,
            c.l, c.m,
            row_number() over (
                partition by p.image_id order by total.peak_flux / total.peak_flux_err desc, total.measurement_id, share.measurement_id
            ) as place
        from pair as p
        inner join point as of_total on p.total_image_id = of_total.in_image_id and of_total.known_image_id <= p.last_image_id
        inner join point as of_share
            on p.image_id = of_share.in_image_id and of_total.source_id = of_share.source_id
            and of_share.known_image_id <= p.last_image_id
        inner join trap_data.measurement as total
            on total.dataset_id = p_dataset_id and of_total.measurement_id = total.measurement_id
            and total.measurement_id >= trap.measurement_id(p_first_image_id, 0)
        inner join trap_data.measurement as share
            on share.dataset_id = p_dataset_id and of_share.measurement_id = share.measurement_id
            and share.measurement_id >= trap.measurement_id(p_first_image_id, 0)
        cross join lateral trap.direction_cosines(p.ra, p.dec, total.ra, total.dec) as c
        where
            total.kind = 'blind' and total.usable and share.usable and total.peak_flux >= v_snr_min * total.peak_flux_err
    )

    select
        p.image_id, p.total_image_id, p.last_image_id,
        array_agg(s.ratio order by s.place) filter (where s.place is not null),
        array_agg(s.ratio_err order by s.place) filter (where s.place is not null),
        array_agg(s.l order by s.place) filter (where s.place is not null),
        array_agg(s.m order by s.place) filter (where s.place is not null)
    from pair as p
    left join measured as s on p.image_id = s.image_id and s.place <= 300
    group by p.image_id, p.total_image_id, p.last_image_id
    order by p.image_id;
end;
$$;
comment on function trap.leakage_sample is
'For each image of Q, U or V from one on: the image of Stokes I beside it, and of the bright sources in both the ratios with their errors '
'[1], at direction cosines about the centre [1]; the brightest first.';
