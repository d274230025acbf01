-- Lets a responder be called again that failed at an event.
-- reads: nothing
-- writes: trap_data.job
create function trap.retry_response(p_event_id bigint, p_responder text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update trap_data.job as j
    set
        state = 'waiting', ended_at = null, attempts = 0, not_before = now(), deadline = null, error = null,
        log = j.log || trap.log_lines(session_user, array['to be tried again'])
    where j.queue = 'response' and j.dedupe_key = format('%s/%s', p_event_id, p_responder) and j.state in ('failed', 'expired');
    if not found then
        raise exception 'no call of % failed at event %', p_responder, p_event_id using errcode = 'TR004';
    end if;
end;
$$;
comment on function trap.retry_response is 'Lets a responder that failed at an event be called again, as often as at first.';
