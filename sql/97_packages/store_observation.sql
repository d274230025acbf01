-- Stores whether an observatory is asked to observe, and why, once for each task, before it is asked. Where one decides again, since the
-- answer was lost, what was asked for is known already, and stays; what was declined may be asked for now. A task that was cancelled
-- asks for nothing any more: whoever cancels it, as a retraction does, has its row locked, and so either keeps it from asking or finds
-- what it asked for.
-- reads: trap_data.job
-- writes: trap_data.observation
create function trap.store_observation(
    p_job_id uuid, p_package_id bigint, p_event_id bigint, p_observatory text, p_ra double precision, p_dec double precision, p_state text,
    p_reason text, p_begin_at timestamptz default null, p_end_at timestamptz default null, p_request jsonb default null
) returns setof trap_data.observation
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from trap_data.job as j where j.job_id = p_job_id and j.state = 'running' for share;
    if not found then
        raise exception 'the task was cancelled: nobody is asked' using errcode = 'TR003';
    end if;
    insert into trap_data.observation as o (
        job_id, package_id, event_id, observatory, ra, dec, state, reason, begin_at, end_at, request
    )
    values (p_job_id, p_package_id, p_event_id, p_observatory, p_ra, p_dec, p_state, p_reason, p_begin_at, p_end_at, p_request)
    on conflict (job_id) do update
    set
        state = excluded.state, reason = excluded.reason, begin_at = excluded.begin_at, end_at = excluded.end_at,
        request = excluded.request, changed_at = clock_timestamp()
    where o.state = 'declined';
    return query select o.* from trap_data.observation as o where o.job_id = p_job_id;
end;
$$;
comment on function trap.store_observation is
'Stores whether an observatory is asked to observe a place [deg], and why, once for each task, before it is asked; returns what is known of it now.';
