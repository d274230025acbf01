-- Says what a responder may.
-- reads: nothing
-- writes: trap_data.responder
create function trap.limit_responder(
    p_responder text, p_per_hour integer, p_per_day integer, p_quiet_from time, p_quiet_until time, p_quiet_zone text,
    p_needs_approval boolean
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_responder = '*' then
        raise exception 'limits are of one responder: * can only be held' using errcode = 'TR004';
    elsif not exists (select from pg_timezone_names as z where z.name = p_quiet_zone) then
        raise exception '"%" is no time zone: give one like UTC or Europe/Amsterdam', p_quiet_zone using errcode = 'TR004';
    elsif p_per_hour <= 0 or p_per_day <= 0 then
        raise exception 'a responder that may do nothing is held: give a limit of 1 at least' using errcode = 'TR004';
    elsif (p_quiet_from is null) <> (p_quiet_until is null) or p_quiet_from = p_quiet_until then
        raise exception 'quiet hours have a beginning and another end' using errcode = 'TR004';
    end if;
    insert into trap_data.responder as r (responder, needs_approval, per_hour, per_day, quiet_from, quiet_until, quiet_zone)
    values (p_responder, p_needs_approval, p_per_hour, p_per_day, p_quiet_from, p_quiet_until, p_quiet_zone)
    on conflict (responder) do update
    set
        needs_approval = excluded.needs_approval, per_hour = excluded.per_hour, per_day = excluded.per_day,
        quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, quiet_zone = excluded.quiet_zone,
        changed_by = session_user, changed_at = clock_timestamp();
end;
$$;
comment on function trap.limit_responder is
'Says how many packages of a responder are begun within an hour and on a day (UTC), at which hours of a time zone its tasks wait, and whether a person has to approve of its packages. It concerns those that come.';
