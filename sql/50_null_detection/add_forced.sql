-- Adds the forced fits of an image of the open time step. They never move a position.
-- reads: trap_data.image, trap_data.dataset
-- writes: trap_data.association, trap_data.source, trap_data.source_flux, pg_temp.detection, pg_temp.resolved_pair
create function trap.add_forced(p_image_id bigint) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
-- as in update_positions
set enable_nestloop = off
set enable_mergejoin = off
set enable_indexscan = off
as $$
declare
    v_step record;
    v_last_image_id bigint;
    v_count integer;
begin
    v_step := trap.require_time_step();
    select trap.numbered_id(d.dataset_id, d.image_count) into v_last_image_id
    from trap_data.dataset as d
    inner join trap_data.image as i on i.image_id = p_image_id
    where d.dataset_id = v_step.dataset_id and trap.dataset_of(p_image_id) = v_step.dataset_id and p_image_id >= v_step.first_image_id;
    if not found then
        raise exception 'image % is not an image of the open time step', p_image_id using errcode = 'TR003';
    end if;

    -- what forks later in this time step must not inherit these points: they become known with its last image
    v_count := trap.take_forced(p_image_id, v_last_image_id, false);
    update trap_data.source as s
    set
        n_forced = s.n_forced + (x.measurement_id is not null)::integer,
        -- Expiry counts time steps, and a time step in which the source was found in another image is none.
        -- A monitored position does not expire.
        forced_steps = s.forced_steps
        + (
            not s.monitored and s.last_blind_image_id < v_step.first_image_id
            and coalesce(s.last_forced_image_id < v_step.first_image_id, true)
        )::integer,
        last_forced_image_id = p_image_id
    from pg_temp.resolved_pair as p
    left join pg_temp.detection as x on p.measurement_id = x.measurement_id
    where
        v_count > 0 and s.dataset_id = v_step.dataset_id and s.source_id = p.source_id
        and s.source_id = any(array(select touched.source_id from pg_temp.resolved_pair as touched));
    return v_count;
end;
$$;
comment on function trap.add_forced is
'Adds the forced fits that were copied in for an image of the open time step; returns how many.';
