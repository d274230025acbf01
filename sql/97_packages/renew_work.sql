-- Renews the leases of jobs that still are their worker's. They are locked in the order in which all lock them.
-- reads: nothing
-- writes: trap_data.job
create function trap.renew_work(p_job_ids uuid[], p_tokens bigint[], p_lease interval) returns setof uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform
    from trap_data.job as j
    where j.job_id = any(p_job_ids)
    order by j.package_id nulls first, j.task, j.payload ->> 'responder' collate "C", (j.payload ->> 'event_id')::bigint
    for update;
    return query
    update trap_data.job as j
    set lease_until = clock_timestamp() + p_lease
    from unnest(p_job_ids, p_tokens) as mine (job_id, token)
    where j.job_id = mine.job_id and j.token = mine.token and j.state = 'running'
    returning j.job_id;
end;
$$;
comment on function trap.renew_work is 'Renews the leases of jobs of a worker; returns those that still are its, by their tokens.';
