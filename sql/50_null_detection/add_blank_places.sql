-- Keeps where an image was to be measured by force and has no pixels, so that nobody has to read it again to learn that. Places come as
-- the image's own file has them, and are kept as the catalogue has them.
-- reads: trap_data.image, trap_data.image_correction
-- writes: trap_data.blank_place
create function trap.add_blank_places(
    p_image_id bigint, p_source_ids bigint[], p_ra double precision[], p_dec double precision[]
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id integer;
    v_last_image_id bigint;
begin
    select s.dataset_id into v_dataset_id from trap.require_time_step() as s;
    if trap.dataset_of(p_image_id) <> v_dataset_id then
        raise exception 'image % is not of the data set that is open', p_image_id using errcode = 'TR003';
    end if;
    select max(i.image_id) into v_last_image_id
    from trap_data.image as i
    where trap.is_in_dataset(i.image_id, v_dataset_id) and i.status <> 'rewound';
    insert into trap_data.blank_place (image_id, source_id, ra, dec, known_image_id)
    select p_image_id, p.source_id, place.ra, place.dec, v_last_image_id
    from unnest(p_source_ids, p_ra, p_dec) as p (source_id, ra, dec)
    cross join trap.image_turn(p_image_id) as t
    cross join lateral trap.sky_position_turned(t.ra_0, t.dec_0, t.east, t.north, p.ra, p.dec) as place
    on conflict on constraint blank_place_pkey do update
    set ra = excluded.ra, dec = excluded.dec, known_image_id = excluded.known_image_id;
end;
$$;
comment on function trap.add_blank_places is
'Keeps that an image has no pixels where these sources or monitored positions are, positions by its file in deg.';
