-- Stores an image's noise map, so that the noise at a place is known without the file.
-- reads: nothing
-- writes: trap_data.image_noise
create function trap.store_noise_map(
    p_image_id bigint, p_l0 double precision, p_m0 double precision, p_dl double precision, p_dm double precision,
    p_rms double precision[]
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into trap_data.image_noise (image_id, l0, m0, dl, dm, rms) values (p_image_id, p_l0, p_m0, p_dl, p_dm, p_rms::real[]);
end;
$$;
comment on function trap.store_noise_map is
'Stores the noise map [Jy/beam] of an image on a grid of direction cosines [1] about its centre.';
