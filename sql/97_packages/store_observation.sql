-- Stores whether an observatory was asked to observe, and why, once for each task. Where one decides again, since the answer was lost, what
-- was asked for is known already, and stays; what was declined may be asked for now.
-- reads: nothing
-- writes: trap_data.observation
create function trap.store_observation(
    p_job_id uuid, p_package_id bigint, p_event_id bigint, p_observatory text, p_ra double precision, p_dec double precision, p_state text,
    p_reason text, p_begin_at timestamptz default null, p_end_at timestamptz default null, p_reference text default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_observation_id bigint;
begin
    insert into trap_data.observation as o (
        job_id, package_id, event_id, observatory, ra, dec, state, reason, begin_at, end_at, reference
    )
    values (p_job_id, p_package_id, p_event_id, p_observatory, p_ra, p_dec, p_state, p_reason, p_begin_at, p_end_at, p_reference)
    on conflict (job_id) do update
    set
        state = excluded.state, reason = excluded.reason, begin_at = excluded.begin_at, end_at = excluded.end_at,
        reference = excluded.reference, changed_at = clock_timestamp()
    where o.state = 'declined';
    select o.observation_id into strict v_observation_id from trap_data.observation as o where o.job_id = p_job_id;
    return v_observation_id;
end;
$$;
comment on function trap.store_observation is
'Stores whether an observatory was asked to observe a place [deg], and why, once for each task; returns the number of the decision.';
