-- Refuses an impossible position to monitor, in one line with the reason.
-- reads: nothing
-- writes: nothing
create function trap.check_monitor_position(
    p_name text, p_ra double precision, p_dec double precision, p_pm_ra_mas_yr double precision, p_pm_dec_mas_yr double precision,
    p_epoch timestamptz, p_active_from timestamptz, p_active_until timestamptz
) returns void
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_name, '') = '' then
        raise exception 'a monitored position needs a name' using errcode = 'TR004';
    end if;
    if p_ra is null or p_dec is null or not (p_ra >= 0 and p_ra < 360) or not p_dec between -90 and 90 then
        raise exception 'no position to monitor for "%" at ra %, dec %: expected 0 <= ra < 360, -90 <= dec <= 90 [deg]',
        p_name, coalesce(p_ra::text, 'unknown'), coalesce(p_dec::text, 'unknown') using errcode = 'TR004';
    end if;
    -- the fastest star moves by 10,400 mas/yr
    if not (abs(p_pm_ra_mas_yr) <= 1e6 and abs(p_pm_dec_mas_yr) <= 1e6) then
        raise exception 'a proper motion of %, % mas/yr makes no sense for "%": expected up to 1e6; give an ephemeris for what is faster',
        p_pm_ra_mas_yr, p_pm_dec_mas_yr, p_name using errcode = 'TR004';
    end if;
    if p_epoch is null and (p_pm_ra_mas_yr <> 0 or p_pm_dec_mas_yr <> 0) then
        raise exception '"%" has a proper motion but no epoch: say at which time it is at ra %, dec %', p_name, p_ra, p_dec
        using errcode = 'TR004';
    end if;
    if not (isfinite(p_epoch) and isfinite(p_active_from) and isfinite(p_active_until)) then
        raise exception 'the times of "%" must be finite; leave one out where there is no limit', p_name using errcode = 'TR004';
    end if;
    if p_active_from > p_active_until then
        raise exception '"%" would be active from % until %, which is earlier', p_name, p_active_from, p_active_until
        using errcode = 'TR004';
    end if;
end;
$$;
comment on function trap.check_monitor_position is
'Refuses a position [deg] to monitor, its proper motion or its times if they make no sense (TR004).';
