-- Where the monitored positions of a data set are at a time: by proper motion along the great circle on which they set out at
-- their epoch, or by their ephemeris along the great circle between two of its times. Outside those times there is no row.
-- reads: trap_data.monitor_position, trap_data.monitor_ephemeris
-- writes: nothing
create function trap.apparent_position(p_dataset_id integer, p_at timestamptz)
returns table (source_id bigint, active boolean, ra double precision, "dec" double precision)
language sql stable parallel safe security definer
begin atomic
select
    m.source_id,
    (m.active_from is null or m.active_from <= p_at) and (m.active_until is null or m.active_until >= p_at),
    place.ra, place.dec
from trap_data.monitor_position as m
cross join lateral (
    select moved.ra, moved.dec
    from (select coalesce(extract(epoch from p_at - m.epoch)::double precision / (365.25 * 86400), 0) as years) as since
    cross join lateral trap.sky_position_along(
        m.ra, m.dec, m.pm_ra_mas_yr / 3.6e6 * since.years, m.pm_dec_mas_yr / 3.6e6 * since.years
    ) as moved
    where not exists (select from trap_data.monitor_ephemeris as e where e.source_id = m.source_id)
    union all
    select moved.ra, moved.dec
    from (
        select e.taken_at, e.ra, e.dec
        from trap_data.monitor_ephemeris as e
        where e.source_id = m.source_id and e.taken_at <= p_at
        order by e.taken_at desc
        limit 1
    ) as before
    cross join (
        select e.taken_at, e.ra, e.dec
        from trap_data.monitor_ephemeris as e
        where e.source_id = m.source_id and e.taken_at >= p_at
        order by e.taken_at
        limit 1
    ) as after
    cross join lateral trap.sky_position_between(
        before.ra, before.dec, after.ra, after.dec,
        coalesce(
            extract(epoch from p_at - before.taken_at)::double precision
            / nullif(extract(epoch from after.taken_at - before.taken_at)::double precision, 0),
            0
        )
    ) as moved
) as place
where m.dataset_id = p_dataset_id;
end;
comment on function trap.apparent_position is
'Where the monitored positions of a data set are at a time [deg], and whether they are active then.';
