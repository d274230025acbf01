-- Stores the noise map of an image of the open time step, so that the noise at a place is known without the file.
-- reads: nothing
-- writes: trap_data.image_noise
create function trap.store_noise_map(
    p_image_id bigint, p_l0 double precision, p_m0 double precision, p_dl double precision, p_dm double precision,
    p_rms double precision[]
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step record;
begin
    v_step := trap.require_time_step();
    if p_image_id < v_step.first_image_id or trap.dataset_of(p_image_id) <> v_step.dataset_id then
        raise exception 'image % is not an image of the open time step', p_image_id using errcode = 'TR003';
    end if;
    insert into trap_data.image_noise (image_id, l0, m0, dl, dm, rms) values (p_image_id, p_l0, p_m0, p_dl, p_dm, p_rms::real[]);
end;
$$;
comment on function trap.store_noise_map is
'Stores the noise map [Jy/beam] of an image on a grid of direction cosines [1] about its centre.';
