-- Sets the ephemeris of a monitored position from now on; an empty one removes it.
-- reads: trap_data.monitor_position
-- writes: trap_data.monitor_ephemeris
create function trap.set_ephemeris(p_source_id bigint, p_ephemeris jsonb) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_name text;
    v_wrong record;
begin
    select m.name into v_name from trap_data.monitor_position as m where m.source_id = p_source_id;
    select e.number, e.taken_at, e.ra, e.dec into v_wrong
    from jsonb_array_elements(p_ephemeris) with ordinality as entry (value, number)
    cross join lateral (
        select entry.number, r.taken_at, r.ra, r.dec
        from jsonb_to_record(entry.value) as r (taken_at timestamptz, ra double precision, dec double precision)
    ) as e
    where
        (e.taken_at > '-infinity' and e.taken_at < 'infinity' and e.ra >= 0 and e.ra < 360 and e.dec between -90 and 90) is not true
    order by e.number
    limit 1;
    if found then
        raise exception 'entry % of the ephemeris of "%" makes no sense: time %, ra %, dec %', v_wrong.number, v_name,
        coalesce(v_wrong.taken_at::text, 'unknown'), coalesce(v_wrong.ra::text, 'unknown'), coalesce(v_wrong.dec::text, 'unknown')
        using errcode = 'TR004', hint = 'Expected a time, 0 <= ra < 360 and -90 <= dec <= 90 [deg].';
    end if;
    select e.taken_at, e.next_at, e.separation into v_wrong
    from (
        select
            r.taken_at, lead(r.taken_at) over in_time as next_at,
            trap.angular_separation(r.ra, r.dec, lead(r.ra) over in_time, lead(r.dec) over in_time) as separation
        from jsonb_to_recordset(p_ephemeris) as r (taken_at timestamptz, ra double precision, dec double precision)
        window in_time as (order by r.taken_at)
    ) as e
    where e.next_at is not null and (e.taken_at = e.next_at or e.separation >= 90)
    order by e.taken_at
    limit 1;
    if found then
        raise exception 'the ephemeris of "%" moves by % deg from % to %', v_name, round(v_wrong.separation::numeric, 3),
        v_wrong.taken_at, v_wrong.next_at
        using errcode = 'TR004', hint = 'Each time may stand once; from one to the next the target may move by less than 90 deg.';
    end if;

    perform
    from (
        select e.taken_at, e.ra::double precision, e.dec::double precision
        from trap_data.monitor_ephemeris as e
        where e.source_id = p_source_id
    ) as held
    full join jsonb_to_recordset(p_ephemeris) as r (taken_at timestamptz, ra double precision, dec double precision)
        on held.taken_at = r.taken_at and held.ra = r.ra and held.dec = r.dec
    where held.taken_at is null or r.taken_at is null;
    if not found then
        return false;
    end if;
    delete from trap_data.monitor_ephemeris as e where e.source_id = p_source_id;
    insert into trap_data.monitor_ephemeris (source_id, taken_at, ra, dec)
    select p_source_id, r.taken_at, r.ra, r.dec
    from jsonb_to_recordset(p_ephemeris) as r (taken_at timestamptz, ra double precision, dec double precision);
    return true;
end;
$$;
comment on function trap.set_ephemeris is
'Sets the ephemeris of a monitored position, an array of objects with taken_at, ra and dec [deg]; returns whether it had another one. '
'Refuses an impossible one (TR004).';
