-- How many bytes of stamps the open time step may still add. A day is one of the observations, in UTC: which stamps there are depends on
-- the images, and not on when they were brought in.
-- reads: trap_data.dataset, trap_data.image, trap_data.stamp
-- writes: nothing
create function trap.stamp_bytes_left() returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step constant record := trap.require_time_step();
    v_budget bigint;
    v_used bigint;
begin
    select (1e6 * (d.configuration #>> '{stamps,mb_per_day}')::double precision)::bigint into v_budget
    from trap_data.dataset as d
    where d.dataset_id = v_step.dataset_id;
    select coalesce(sum(octet_length(t.fits)), 0) into v_used
    from trap_data.image as k
    inner join trap_data.stamp as t on k.image_id = t.known_image_id
    where
        k.dataset_id = v_step.dataset_id and k.status = 'accepted'
        and k.taken_at >= date_trunc('day', v_step.taken_at, 'UTC') and k.taken_at <= v_step.taken_at;
    return coalesce(v_budget, 0) - v_used;
end;
$$;
comment on function trap.stamp_bytes_left is
'How many bytes of stamps the open time step may still add, by the configuration of its data set: so much for a day of observations, UTC.';
