-- From when a new package of a responder may be begun: now, or when one more within the hour may.
-- Who asks at the same time waits for the responder's row, so that what it may is not exceeded. The last packages are read by an index,
-- no more of them than may be begun. Retractions neither wait for others nor count, and nobody has to approve of them: they withdraw what
-- went out, and the longer that stands, the more is done about what did not happen.
-- reads: trap_data.package
-- writes: trap_data.responder
create function trap.package_opening(p_responder text, p_event_kind text, out opened_at timestamptz, out reason text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_responder trap_data.responder%rowtype;
    v_day timestamptz;
begin
    insert into trap_data.responder (responder) values (p_responder) on conflict do nothing;
    select r.* into strict v_responder from trap_data.responder as r where r.responder = p_responder for no key update;
    opened_at := clock_timestamp();
    if p_event_kind = 'retraction' then
        return;
    end if;
    if v_responder.needs_approval then
        opened_at := null;
        reason := 'waits until somebody approves of it';
        return;
    end if;
    if v_responder.per_hour is not null then
        select greatest(package_opening.opened_at, last.opened_at + interval '1 hour') into opened_at
        from (values (true)) as one
        left join lateral (
            select p.opened_at
            from trap_data.package as p
            where p.responder = p_responder and p.opened_at is not null and p.event_kind <> 'retraction'
            order by p.opened_at desc
            offset v_responder.per_hour - 1
            limit 1
        ) as last on true;
    end if;
    v_day := date_trunc('day', opened_at, 'UTC');
    if v_responder.per_day is not null and exists (
        select from trap_data.package as p
        where p.responder = p_responder and p.opened_at >= v_day and p.event_kind <> 'retraction'
        offset v_responder.per_day - 1
    ) then
        reason := format('beyond the %s packages that %s may begin a day', v_responder.per_day, p_responder);
        opened_at := null;
    end if;
end;
$$;
comment on function trap.package_opening is
'From when a new package of a responder may be begun; or NULL, and why it waits until somebody approves of it.';
