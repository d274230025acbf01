-- The monitored positions, and the source on which each lies: the nearest one within half a beam of the data set's latest image
-- of where it is at the last time step. A monitored position and its source have light curves of their own.
-- reads: trap_data.monitor_position, trap_data.monitor_ephemeris, trap_data.source, trap_data.dataset, trap_data.image
create view trap.monitor_position as
select
    d.name as dataset, m.dataset_id, m.source_id, m.name, m.ra::double precision as ra, m.dec::double precision as dec,
    m.pm_ra_mas_yr, m.pm_dec_mas_yr, m.epoch, m.active_from, m.active_until,
    m.pm_ra_mas_yr <> 0 or m.pm_dec_mas_yr <> 0
    or exists (select from trap_data.monitor_ephemeris as e where e.source_id = m.source_id) as moving,
    own.n_forced as n_points,
    blind.source_id as blind_source_id, blind.name as blind_name, blind.separation * 3600 as separation_arcsec
from trap_data.monitor_position as m
inner join trap_data.dataset as d on m.dataset_id = d.dataset_id
inner join trap_data.source as own on m.dataset_id = own.dataset_id and m.source_id = own.source_id
-- asked for once a data set
left join (
    select t.dataset_id, p.source_id, p.ra, p.dec
    from trap_data.dataset as t
    cross join lateral trap.apparent_position(t.dataset_id, t.last_taken_at) as p
) as place on m.dataset_id = place.dataset_id and m.source_id = place.source_id
left join lateral (
    select i.beam_major / 2 as half_beam
    from trap_data.image as i
    where
        trap.is_in_dataset(i.image_id, m.dataset_id)
        and i.status = 'accepted'
    order by i.image_id desc
    limit 1
) as latest on true
left join lateral (
    select s.source_id, s.name, away.separation
    from trap_data.source as s
    cross join lateral (select trap.angular_separation(place.ra, place.dec, s.ra, s.dec) as separation offset 0) as away
    where
        s.dataset_id = m.dataset_id and not s.monitored
        -- the indexed position may lag behind the mean by 3 arcsec
        and s.pos <@ scircle(spoint(radians(place.ra), radians(place.dec)), radians(latest.half_beam + 3.001 / 3600))
        and away.separation < latest.half_beam
    order by away.separation, s.source_id
    limit 1
) as blind on true;
comment on view trap.monitor_position is 'The positions that users want measured in every image, and the source at each of them.';
comment on column trap.monitor_position.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.monitor_position.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.monitor_position.source_id is 'Its source, that has its light curve. {meta.id;src;meta.main principal indexed}';
comment on column trap.monitor_position.name is 'Name given by the user. {meta.id;src principal}';
comment on column trap.monitor_position.ra is 'Right ascension at the epoch [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.monitor_position.dec is 'Declination at the epoch [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.monitor_position.pm_ra_mas_yr is
'Proper motion to the east on the sky, cos dec included [mas/yr]. {pos.pm;pos.eq.ra}';
comment on column trap.monitor_position.pm_dec_mas_yr is 'Proper motion to the north [mas/yr]. {pos.pm;pos.eq.dec}';
comment on column trap.monitor_position.epoch is 'Epoch of the position; NULL for one that does not move. {time.epoch}';
comment on column trap.monitor_position.active_from is 'Measured in images from this time on; NULL: in all. {time.start}';
comment on column trap.monitor_position.active_until is 'Measured in images up to this time; NULL: until it is ended. {time.end}';
comment on column trap.monitor_position.moving is 'Whether it has a proper motion or an ephemeris. {meta.code}';
comment on column trap.monitor_position.n_points is 'Usable forced fits so far, all bands. {meta.number;obs principal}';
comment on column trap.monitor_position.blind_source_id is
'Nearest source found within half a beam of where the position is at the last time step; NULL: there is none. '
'{meta.id.assoc;src principal}';
comment on column trap.monitor_position.blind_name is 'Name of that source. {meta.id.assoc;src}';
comment on column trap.monitor_position.separation_arcsec is 'Distance of that source [arcsec]. {pos.angDistance}';
