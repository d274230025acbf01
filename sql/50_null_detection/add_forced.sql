-- Takes in the forced fits that were copied in for an image. They are points of the sources for which they were made; they
-- never move a position. A fit that failed is a point too, without a flux, and counts in no sum.
-- reads: trap_data.measurement, trap_data.image, trap_data.dataset
-- writes: trap_data.association, trap_data.source, trap_data.source_flux, pg_temp.detection, pg_temp.resolved_pair
create function trap.add_forced(p_image_id bigint) returns integer
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set enable_mergejoin = off
as $$
declare
    v_step record;
    v_last_image_id bigint;
    v_count integer;
begin
    v_step := trap.require_time_step();
    select (d.dataset_id::bigint << 24) + d.image_count into v_last_image_id
    from trap_data.dataset as d
    inner join trap_data.image as i on d.dataset_id = i.dataset_id
    where d.dataset_id = v_step.dataset_id and i.image_id = p_image_id and i.image_id >= v_step.first_image_id;
    if not found then
        raise exception 'image % is not an image of the open time step', p_image_id using errcode = 'TR003';
    end if;

    truncate pg_temp.detection, pg_temp.resolved_pair;
    insert into pg_temp.resolved_pair (measurement_id, source_id, parent_id, kind, de_ruiter_radius, separation)
    select
        m.measurement_id, m.forced_for, null::bigint, m.kind::text::trap_data.association_kind,
        null::double precision, null::double precision
    from trap_data.measurement as m
    where
        m.dataset_id = v_step.dataset_id
        and m.measurement_id >= p_image_id << 20 and m.measurement_id < (p_image_id + 1) << 20
        and m.kind <> 'blind'
    order by m.measurement_id;
    get diagnostics v_count = row_count;
    if v_count = 0 then
        return 0;
    end if;
    insert into pg_temp.detection (
        measurement_id, ra, dec, ra_err, dec_err, int_flux, int_flux_err, peak_flux, peak_flux_err, pos
    )
    select
        m.measurement_id, m.ra, m.dec, m.ra_err, m.dec_err, m.int_flux, m.int_flux_err, m.peak_flux, m.peak_flux_err,
        spoint(radians(m.ra), radians(m.dec))
    from trap_data.measurement as m
    where
        m.dataset_id = v_step.dataset_id
        and m.measurement_id >= p_image_id << 20 and m.measurement_id < (p_image_id + 1) << 20
        and m.kind <> 'blind' and m.usable
    order by m.measurement_id;
    analyze pg_temp.resolved_pair;
    analyze pg_temp.detection;

    -- what forks later in this time step must not inherit these points: they become known with its last image
    perform trap.add_associations(p_image_id, v_last_image_id);
    perform trap.update_fluxes(p_image_id);
    update trap_data.source as s
    set
        n_forced = s.n_forced + (x.measurement_id is not null)::integer,
        -- expiry counts time steps, and a time step in which the source was found in another image is none
        forced_steps = s.forced_steps
        + (s.last_blind_image_id < v_step.first_image_id and coalesce(s.last_forced_image_id < v_step.first_image_id, true))::integer,
        last_forced_image_id = p_image_id
    from pg_temp.resolved_pair as p
    left join pg_temp.detection as x on p.measurement_id = x.measurement_id
    where s.dataset_id = v_step.dataset_id and s.source_id = p.source_id;
    return v_count;
end;
$$;
comment on function trap.add_forced is
'Takes in the forced fits that were copied in for an image of the open time step; returns how many.';
