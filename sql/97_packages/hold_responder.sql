-- Holds a responder, or all of them: nothing of it is begun; or releases it.
-- reads: trap_data.package
-- writes: trap_data.job, trap_data.responder
create function trap.hold_responder(p_responder text, p_held boolean, p_reason text default null) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package_id bigint;
begin
    insert into trap_data.responder as r (responder, held, reason)
    values (p_responder, p_held, nullif(p_reason, ''))
    on conflict (responder) do update
    set held = excluded.held, reason = excluded.reason, changed_by = session_user, changed_at = clock_timestamp();
    update trap_data.job as j
    set state = 'waiting'
    where not p_held and j.queue = 'response' and j.state = 'held' and j.payload ->> 'responder' = p_responder;
    for v_package_id in
        select p.package_id
        from trap_data.package as p
        where p.responder = p_responder and p.ended_at is null
        order by p.package_id
    loop
        perform trap.lock_package(v_package_id);
        perform trap.settle_package(v_package_id);
    end loop;
end;
$$;
comment on function trap.hold_responder is
'Holds a responder, so that nothing of it is begun, or releases it; in the name of * all of them. What is worked on goes on.';
