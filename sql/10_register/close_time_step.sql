-- Closes the time step: its images now count as limits for sources that appear later. Rewound images of its time have been
-- replayed in it and go.
-- reads: trap_data.image
-- writes: trap_data.dataset, trap_data.image, trap_data.measurement
create function trap.close_time_step() returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step record;
    v_replayed bigint;
begin
    v_step := trap.require_time_step();
    perform trap.roll_up_limits(v_step.dataset_id, v_step.first_image_id);

    -- a time step of which every image was rejected leaves its place to images that come later
    update trap_data.dataset as d
    set step_count = d.step_count + 1, last_taken_at = v_step.taken_at
    where
        d.dataset_id = v_step.dataset_id
        and exists (
            select
            from trap_data.image as i
            where
                i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id)
                and i.status = 'accepted'
        );

    for v_replayed in
        select origin.image_id
        from trap_data.image as origin
        inner join trap_data.image as copied
            on copied.dataset_id = v_step.dataset_id and copied.image_id >= v_step.first_image_id
            and origin.image_id = copied.origin_image_id
        where origin.dataset_id = v_step.dataset_id and origin.status = 'rewound'
    loop
        delete from trap_data.measurement as m
        where
            m.dataset_id = v_step.dataset_id
            and trap.is_in_image(m.measurement_id, v_replayed);
        delete from trap_data.image as i where i.image_id = v_replayed;
    end loop;
    perform from trap_data.image as i
    where i.dataset_id = v_step.dataset_id and i.taken_at = v_step.taken_at and i.status = 'rewound';
    if found then
        raise exception 'rewound images of % are not replayed', v_step.taken_at using errcode = 'TR001';
    end if;
    drop table pg_temp.time_step;
end;
$$;
comment on function trap.close_time_step is 'Closes the open time step: rolls its images up into the limits of their sky regions.';
