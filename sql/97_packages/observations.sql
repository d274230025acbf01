-- Decisions whether to observe, the last ones first.
-- reads: trap_data.observation
-- writes: nothing
create function trap.observations(
    p_event_id bigint default null, p_limit integer default 100, p_observation_ids bigint[] default null, p_job_id uuid default null
)
returns setof trap_data.observation
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select o.*
    from trap_data.observation as o
    where
        (p_event_id is null or o.event_id = p_event_id)
        and (p_observation_ids is null or o.observation_id = any(p_observation_ids))
        and (p_job_id is null or o.job_id = p_job_id)
    order by o.observation_id desc
    limit p_limit;
end;
$$;
comment on function trap.observations is
'Decisions whether to ask observatories, of all events or of one, those of these numbers, or that of a task, the last ones first.';
