-- Cancels what is to be done about events that did not happen: nothing more of it is begun, and nothing that failed is tried again. All is
-- locked in the order in which workers lock it, whatever its event: calls by responder and event, then packages.
-- reads: trap_data.package
-- writes: trap_data.job, trap_data.package
create function trap.withdraw_packages(p_event_ids bigint[], p_reason text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package_id bigint;
begin
    perform
    from trap_data.job as j
    where j.queue = 'response' and (j.payload ->> 'event_id')::bigint = any(p_event_ids)
    order by j.payload ->> 'responder' collate "C", (j.payload ->> 'event_id')::bigint
    for update;
    update trap_data.job as j
    set state = 'aborted', lease_until = null, ended_at = clock_timestamp(), token = j.token + 1, error = p_reason
    where
        j.queue = 'response' and (j.payload ->> 'event_id')::bigint = any(p_event_ids)
        and j.state in ('held', 'waiting', 'running', 'failed', 'expired');
    for v_package_id in
        select p.package_id from trap_data.package as p where p.event_id = any(p_event_ids) order by p.package_id
    loop
        perform trap.cancel_package(v_package_id, p_reason);
    end loop;
    -- their tasks are locked now, so that nobody lets them be tried again meanwhile
    update trap_data.package as p
    set state = 'cancelled', reason = p_reason
    where p.event_id = any(p_event_ids) and p.state = 'failed';
end;
$$;
comment on function trap.withdraw_packages is
'Cancels the calls of responders for events that did not happen, and what has not ended of its packages, or has failed.';
