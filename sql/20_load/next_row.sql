-- The number of the first row of an image that is not taken yet.
-- reads: trap_data.measurement
-- writes: nothing
create function trap.next_row(p_image_id bigint) returns integer
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := (p_image_id >> 24)::integer;
    v_row integer;
begin
    select (coalesce(max(m.measurement_id) & 1048575, -1) + 1)::integer into v_row
    from trap_data.measurement as m
    where
        m.dataset_id = v_dataset_id
        and m.measurement_id >= p_image_id << 20 and m.measurement_id < (p_image_id + 1) << 20;
    return v_row;
end;
$$;
comment on function trap.next_row is 'The number of the first row of an image that is not taken yet.';
