-- Says what an observatory tells of a request.
-- reads: nothing
-- writes: trap_data.observation
create function trap.change_observation(p_observation_id bigint, p_state text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update trap_data.observation as o
    set state = p_state, changed_at = clock_timestamp()
    where o.observation_id = p_observation_id;
end;
$$;
comment on function trap.change_observation is 'Says what an observatory tells of a request: accepted, observed, failed or cancelled.';
