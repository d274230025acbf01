-- Cancels what is to be done about an event that did not happen: nothing more of it is begun.
-- reads: trap_data.package
-- writes: trap_data.job
create function trap.withdraw_packages(p_event_id bigint, p_reason text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package_id bigint;
begin
    update trap_data.job as j
    set state = 'aborted', lease_until = null, ended_at = clock_timestamp(), token = j.token + 1, error = p_reason
    where
        j.queue = 'response' and (j.payload ->> 'event_id')::bigint = p_event_id and j.state in ('held', 'waiting', 'running');
    for v_package_id in
        select p.package_id from trap_data.package as p where p.event_id = p_event_id order by p.package_id
    loop
        perform trap.cancel_package(v_package_id, p_reason);
    end loop;
end;
$$;
comment on function trap.withdraw_packages is 'Cancels the calls of responders for an event, and what has not ended of its packages.';
