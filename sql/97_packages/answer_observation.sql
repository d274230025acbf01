-- Says how an observatory answered a request: by what it knows it, or why it does not take it. An answer that comes late, when somebody
-- else has learnt it and perhaps taken the request back, changes nothing.
-- reads: nothing
-- writes: trap_data.observation
create function trap.answer_observation(p_observation_id bigint, p_reference text default null, p_refused text default null)
returns setof trap_data.observation
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update trap_data.observation as o
    set
        state = case when p_reference is null then 'declined' else 'requested' end, reference = p_reference,
        reason = coalesce(p_refused, o.reason), changed_at = clock_timestamp()
    where o.observation_id = p_observation_id and o.state = 'asking';
    return query select o.* from trap_data.observation as o where o.observation_id = p_observation_id;
end;
$$;
comment on function trap.answer_observation is
'Says by what an observatory knows a request, or why it does not take it; returns what is known of the request now.';
