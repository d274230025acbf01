-- The first of the images that a back-fill within a time step goes through: those of the step, and the last few before it.
-- reads: trap_data.image, trap_data.dataset
-- writes: nothing
create function trap.first_backfill_image(p_dataset_id integer, p_last integer) returns bigint
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_last_taken_at timestamptz;
    v_image_id bigint;
begin
    select coalesce(d.last_taken_at, '-infinity') into v_last_taken_at
    from trap_data.dataset as d
    where d.dataset_id = p_dataset_id;
    select coalesce(min(late.image_id), trap.numbered_id(p_dataset_id + 1, 0)) into v_image_id
    from (
        select i.image_id
        from trap_data.image as i
        where i.dataset_id = p_dataset_id and i.taken_at > v_last_taken_at and i.status = 'accepted'
        union all
        (
            select i.image_id
            from trap_data.image as i
            where i.dataset_id = p_dataset_id and i.taken_at <= v_last_taken_at and i.status = 'accepted'
            order by i.taken_at desc, i.image_id desc
            limit p_last
        )
    ) as late;
    return v_image_id;
end;
$$;
comment on function trap.first_backfill_image is
'The first of the images of the open time step and of the last so many images before it; beyond all if there is none.';
