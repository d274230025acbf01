-- The sources at the positions of the watch lists. A position is taken along its proper motion to the middle of the time in which the
-- source was seen. It is looked up in the index of the data set's sources: for that the circle is wider by what it has moved
-- between its epoch and any image.
-- reads: trap_data.watch_list, trap_data.watch_entry, trap_data.source, trap_data.dataset, trap_data.image
create view trap.watch_hit as
select
    d.name as dataset, d.dataset_id, s.source_id, w.name as watch, e.name as entry, away.separation * 3600 as separation_arcsec,
    s.name, s.ra, s.dec, s.n_blind, s.first_seen, s.last_seen, founded.image_id as known_image_id, founded.taken_at as known_at
from trap_data.watch_list as w
inner join trap_data.watch_entry as e on w.watch_list_id = e.watch_list_id
cross join trap_data.dataset as d
-- a time step is later than those before it, but not every image than those that were rewound
cross join lateral (
    select min(i.taken_at) as taken_at from trap_data.image as i where i.dataset_id = d.dataset_id
) as first_image
inner join trap_data.source as s
    on
        d.dataset_id = s.dataset_id
        -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
        and s.pos <@ scircle(
            spoint(radians(e.ra), radians(e.dec)),
            radians(least(
                90,
                (e.radius_arcsec + 3.001) / 3600
                + coalesce(sqrt(e.pm_ra * e.pm_ra + e.pm_dec * e.pm_dec) / 3.6e6 * greatest(
                    abs(trap.julian_year(first_image.taken_at) - e.epoch), abs(trap.julian_year(d.last_taken_at) - e.epoch)
                ), 0)
            ))
        )
inner join trap_data.image as founded on trap.image_of(s.source_id) = founded.image_id
cross join lateral trap.epoch_position(
    e.ra, e.dec, e.pm_ra, e.pm_dec, e.epoch, trap.julian_year(s.first_seen + (s.last_seen - s.first_seen) / 2)
) as place
cross join lateral (select trap.angular_separation(place.ra, place.dec, s.ra, s.dec) as separation offset 0) as away
where not s.monitored and away.separation * 3600 <= e.radius_arcsec;
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
