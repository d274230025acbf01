-- Where an alert says that its event was: refuses one that does not say.
-- reads: trap_data.alert, trap_data.skymap
-- writes: nothing
create function trap.alert_region(p_alert_id bigint, p_radius double precision)
returns table (
    ra double precision, "dec" double precision, error_major double precision, error_minor double precision, error_pa double precision,
    circle scircle, skymap text, event_at timestamptz
)
language plpgsql stable parallel safe
set search_path from current
as $$
begin
    if (p_radius > 0 and p_radius < 90) is false then
        raise exception 'no circle has a radius of %: expected more than 0 and less than 90 deg', p_radius using errcode = 'TR004';
    end if;
    return query
    select
        a.ra::double precision, a.dec::double precision, coalesce(p_radius, a.error_major, 0),
        case when p_radius is null then a.error_minor end, a.error_pa,
        scircle(spoint(radians(a.ra), radians(a.dec)), radians(coalesce(p_radius, a.error_major, 0))),
        -- a radius is about the position
        case when p_radius is null then m.name end, a.event_at
    from trap_data.alert as a
    left join trap_data.skymap as m on a.skymap_id = m.skymap_id
    where a.alert_id = p_alert_id and a.state = 'accepted' and (a.ra is not null or (m.name is not null and p_radius is null));
    if not found then
        perform from trap_data.alert as a where a.alert_id = p_alert_id;
        if not found then
            raise exception 'there is no alert %: trap.alert lists them', p_alert_id using errcode = 'TR002';
        end if;
        raise exception 'alert % has no position%', p_alert_id, case when p_radius is null then ', and no sky map' end
        using errcode = 'TR004', hint = 'Give it the sky map that its sender made: `trapdb alert map`.';
    end if;
end;
$$;
comment on function trap.alert_region is
'Where the event of an alert was: position and error region [deg], in a circle, or a sky map, and when. With a radius [deg]: a circle of '
'that radius about its position.';
