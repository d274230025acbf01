-- Keeps those who work the archive's queue away from those of responders, whose jobs tell the world, or run commands.
-- reads: nothing
-- writes: nothing
create function trap.require_queue(p_queue text) returns void
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if
        p_queue in ('response', 'task', 'long task', 'classification')
        -- who deletes a data set retracts its events
        and not (pg_has_role(session_user, 'trapdb_operator', 'member') or pg_has_role(session_user, 'trapdb_admin', 'member'))
    then
        raise exception 'queue % is for operators', p_queue using errcode = 'insufficient_privilege';
    end if;
end;
$$;
comment on function trap.require_queue is 'Refuses the queues of responders and their tasks to logins that are no operators.';
