-- Keeps the stamps that stamp_request chose, those that it had and those that were cut, the most significant sources first, until the
-- bytes of the day are used up. One that could not be cut is kept as that, so that nobody tries again.
-- reads: trap_data.image, pg_temp.wanted_stamp
-- writes: trap_data.stamp
create function trap.add_stamps(p_numbers integer[], p_fits bytea[]) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step constant record := trap.require_time_step();
    v_left constant bigint := trap.stamp_bytes_left();
    v_last_image_id bigint;
begin
    select max(i.image_id) into v_last_image_id
    from trap_data.image as i
    where i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id) and i.status = 'accepted';
    insert into trap_data.stamp (source_id, image_id, dataset_id, known_image_id, ra, dec, size, peak_flux, fits)
    select s.source_id, s.image_id, v_step.dataset_id, v_last_image_id, s.ra, s.dec, s.size, s.peak_flux, s.bytes
    from (
        select w.*, one.bytes, sum(coalesce(octet_length(one.bytes), 0)) over (order by w.number) as n_bytes
        from pg_temp.wanted_stamp as w
        left join unnest(p_numbers, p_fits) as c (number, fits) on w.number = c.number
        cross join lateral (select coalesce(w.fits, c.fits) as bytes) as one
    ) as s
    where s.n_bytes <= v_left
    -- of a rewound time step
    on conflict on constraint stamp_pkey do update
    set
        known_image_id = excluded.known_image_id, ra = excluded.ra, dec = excluded.dec, size = excluded.size,
        peak_flux = excluded.peak_flux, fits = excluded.fits;
end;
$$;
comment on function trap.add_stamps is
'Keeps the stamps that trap.stamp_request chose, as far as the bytes of the day allow: by their numbers the FITS files that were cut, '
'compressed; NULL for one that could not be.';
