-- The number of the first row of an image that is not taken yet.
-- reads: trap_data.measurement
-- writes: nothing
create function trap.next_row(p_image_id bigint) returns integer
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_row integer;
begin
    select (coalesce(trap.row_of(max(m.measurement_id)), -1) + 1)::integer into v_row
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and trap.is_in_image(m.measurement_id, p_image_id);
    return v_row;
end;
$$;
comment on function trap.next_row is 'The number of the first row of an image that is not taken yet.';
