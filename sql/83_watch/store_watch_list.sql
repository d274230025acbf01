-- Stores a watch list, or replaces one's own: positions with radii, or as a map one cone.
-- reads: nothing
-- writes: trap_data.watch_list, trap_data.watch_entry
create function trap.store_watch_list(
    p_name text, p_kind text, p_origin text, p_names text[], p_ra double precision[], p_dec double precision[],
    p_radius_arcsec double precision[], p_pm_ra double precision[], p_pm_dec double precision[], p_epoch double precision[]
) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_watch_list_id integer;
    v_wrong record;
    v_count integer;
begin
    if (p_kind in ('list', 'cone')) is not true then
        raise exception 'positions make a list or a cone, not "%"', p_kind using errcode = 'TR004';
    end if;
    select e.number, e.name, why.text into v_wrong
    from (
        select u.*, row_number() over (partition by u.name order by u.number) as occurrence
        from unnest(p_names, p_ra, p_dec, p_radius_arcsec, p_pm_ra, p_pm_dec, p_epoch) with ordinality
            as u (name, ra, dec, radius_arcsec, pm_ra, pm_dec, epoch, number)
    ) as e
    cross join lateral (
        select case
            when coalesce(e.name, '') = '' then 'it has no name'
            when e.occurrence > 1 then 'that name stands there already'
            when (e.ra >= 0 and e.ra < 360 and e.dec between -90 and 90) is not true
                then format('ra %s, dec %s: expected 0 <= ra < 360, -90 <= dec <= 90 [deg]', e.ra, e.dec)
            when (e.radius_arcsec > 0 and e.radius_arcsec < 324000) is not true
                then format('a radius of %s arcsec: expected more than 0 and less than 324000, a quarter of a circle', e.radius_arcsec)
            when (e.pm_ra is null) <> (e.pm_dec is null) then 'a proper motion in one coordinate only'
            when (abs(e.pm_ra) <= 1e6 and abs(e.pm_dec) <= 1e6) is false
                then format('a proper motion of %s, %s mas/yr: expected up to 1e6', e.pm_ra, e.pm_dec)
            when e.pm_ra is not null and e.epoch is null then 'a proper motion, but no epoch at which it is at its position'
            when (e.epoch between 1800 and 2200) is false
                then format('an epoch of %s: expected a Julian year of 1800 to 2200', e.epoch)
        end as text
    ) as why
    where why.text is not null
    order by e.number
    limit 1;
    if found then
        raise exception 'watch list "%", row % (%): %', p_name, v_wrong.number, v_wrong.name, v_wrong.text using errcode = 'TR004';
    end if;
    v_watch_list_id := trap.begin_watch_list(p_name, p_kind, p_origin);
    insert into trap_data.watch_entry (watch_list_id, number, name, ra, dec, radius_arcsec, pm_ra, pm_dec, epoch)
    select v_watch_list_id, e.number, e.name, e.ra, e.dec, e.radius_arcsec, e.pm_ra, e.pm_dec, e.epoch
    from unnest(p_names, p_ra, p_dec, p_radius_arcsec, p_pm_ra, p_pm_dec, p_epoch) with ordinality
        as e (name, ra, dec, radius_arcsec, pm_ra, pm_dec, epoch, number);
    get diagnostics v_count = row_count;
    if v_count = 0 or (p_kind = 'cone' and v_count > 1) then
        raise exception 'watch list "%" has % positions', p_name, v_count using errcode = 'TR004';
    end if;
    return v_count;
end;
$$;
comment on function trap.store_watch_list is
'Stores a watch list, or a cone as a watch map, in the place of one''s own of that name: names, positions [deg], radii [arcsec], proper '
'motions with cos dec included [mas/yr] or NULL, epochs in Julian years [yr] or NULL. Returns the number of positions.';
