-- The noise of an image at a position, from its stored noise map; NULL where the image is blank.
-- reads: trap_data.image_noise, trap_data.image, trap_data.sky_region
-- writes: nothing
create function trap.local_rms(p_image_id bigint, p_ra double precision, p_dec double precision) returns double precision
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rms double precision;
begin
    select local.rms into v_rms
    from trap_data.image_noise as n
    inner join trap_data.image as i on n.image_id = i.image_id
    cross join lateral trap.interpolated_rms(i.ra, i.dec, n.l0, n.m0, n.dl, n.dm, n.rms, p_ra, p_dec) as local
    left join trap_data.sky_region as r on r.dataset_id = trap.dataset_of(p_image_id) and i.sky_region_id = r.sky_region_id
    where
        n.image_id = p_image_id
        and not coalesce(trap.is_blank(r.ra, r.dec, r.blank_size, r.blank, p_ra, p_dec), false);
    return v_rms;
end;
$$;
comment on function trap.local_rms is
'Noise [Jy/beam] of an image at a position [deg], interpolated in its noise map; NULL where that is not known, or the image is blank.';
