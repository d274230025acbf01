-- The sources at the positions of the watch lists, and in the watch maps. A position is taken along its proper motion to the middle of
-- the time in which the source was seen. It is looked up in the index of the data set's sources: for that the circle is wider by what
-- it has moved between its epoch and any image. A map is looked up by the circles that cover it, and then exactly.
-- reads: trap_data.watch_list, trap_data.watch_entry, trap_data.watch_cover, trap_data.watch_cell, trap_data.source, trap_data.dataset,
--   trap_data.image
create view trap.watch_hit as
select
    d.name as dataset, d.dataset_id, s.source_id, w.name as watch, e.name as entry, away.separation * 3600 as separation_arcsec,
    s.name, s.ra, s.dec, s.n_blind, s.first_seen, s.last_seen, founded.image_id as known_image_id, founded.taken_at as known_at
from trap_data.watch_list as w
-- from the lists to the sources, whatever the planner believes: from those that are asked for to their positions, and so on
cross join lateral (select n.* from trap_data.watch_entry as n where n.watch_list_id = w.watch_list_id offset 0) as e
cross join trap_data.dataset as d
-- a time step is later than those before it, but not every image than those that were rewound
cross join lateral (
    select greatest(
        abs(trap.julian_year(min(i.taken_at)) - e.epoch), abs(trap.julian_year(d.last_taken_at) - e.epoch)
    ) as years
    from trap_data.image as i
    where i.dataset_id = d.dataset_id
) as since
cross join lateral (
    select n.*
    from trap_data.source as n
    where
        n.dataset_id = d.dataset_id and not n.monitored
        -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
        and n.pos <@ scircle(
            spoint(radians(e.ra), radians(e.dec)),
            radians(least(
                90,
                (e.radius_arcsec + 3.001) / 3600 + coalesce(sqrt(e.pm_ra * e.pm_ra + e.pm_dec * e.pm_dec) / 3.6e6 * since.years, 0)
            ))
        )
    offset 0
) as s
cross join lateral trap.epoch_position(
    e.ra, e.dec, e.pm_ra, e.pm_dec, e.epoch, trap.julian_year(s.first_seen + (s.last_seen - s.first_seen) / 2)
) as place
cross join lateral (select trap.angular_separation(place.ra, place.dec, s.ra, s.dec) as separation offset 0) as away
inner join trap_data.image as founded on trap.image_of(s.source_id) = founded.image_id
where away.separation * 3600 <= e.radius_arcsec
union all
select
    d.name, d.dataset_id, s.source_id, w.name, null, null,
    s.name, s.ra, s.dec, s.n_blind, s.first_seen, s.last_seen, founded.image_id, founded.taken_at
from trap_data.watch_list as w
cross join lateral (select n.* from trap_data.watch_cover as n where n.watch_list_id = w.watch_list_id offset 0) as c
cross join trap_data.dataset as d
cross join lateral (
    select n.*
    from trap_data.source as n
    where
        n.dataset_id = d.dataset_id and not n.monitored and n.pos <@ c.circle
        -- of two circles that hold it, that of its cell
        and trap.healpix_cell(c.healpix_order, n.ra, n.dec) = c.healpix_cell
        and case
            when w.polygon is not null then spoint(radians(n.ra), radians(n.dec)) <@ w.polygon
            else trap.healpix_cell(29, n.ra, n.dec) <= (
                select m.last_cell
                from trap_data.watch_cell as m
                where m.watch_list_id = w.watch_list_id and m.first_cell <= trap.healpix_cell(29, n.ra, n.dec)
                order by m.first_cell desc
                limit 1
            )
        end
    offset 0
) as s
inner join trap_data.image as founded on trap.image_of(s.source_id) = founded.image_id;
comment on view trap.watch_hit is
'The sources that are at a position of a watch list, or in a watch map; one row a source and position.';
comment on column trap.watch_hit.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.watch_hit.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.watch_hit.source_id is 'Source. {meta.id;src;meta.main principal}';
comment on column trap.watch_hit.watch is 'Watch list or map. {meta.id principal indexed}';
comment on column trap.watch_hit.entry is 'Position of the list, or the cone; NULL in a polygon or moc. {meta.id principal}';
comment on column trap.watch_hit.separation_arcsec is
'Distance from the position, where that is in the middle of the time in which the source was seen; NULL in a polygon or moc [arcsec]. '
'{pos.angDistance principal}';
comment on column trap.watch_hit.name is 'Name of the source. {meta.id;src principal}';
comment on column trap.watch_hit.ra is 'Its weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.watch_hit.dec is 'Its weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.watch_hit.n_blind is 'Its blind measurements, all bands. {meta.number;obs}';
comment on column trap.watch_hit.first_seen is 'Time of its first blind measurement, UTC. {time.epoch;stat.min}';
comment on column trap.watch_hit.last_seen is 'Time of its last blind measurement, UTC. {time.epoch;stat.max}';
comment on column trap.watch_hit.known_image_id is 'Image that founded the source. {meta.id;obs.image}';
comment on column trap.watch_hit.known_at is
'Time step of that image, UTC: of a branch of a fork later than the time at which it was first seen. {time.start;obs.exposure principal}';
