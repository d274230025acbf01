-- The positions of the watch lists.
-- reads: trap_data.watch_entry, trap_data.watch_list
create view trap.watch_entry as
select
    w.name as watch, e.number, e.name as entry, e.ra::double precision as ra, e.dec::double precision as dec, e.radius_arcsec,
    e.pm_ra, e.pm_dec, e.epoch
from trap_data.watch_entry as e
inner join trap_data.watch_list as w on e.watch_list_id = w.watch_list_id;
comment on view trap.watch_entry is 'The positions of the watch lists; a cone has one.';
comment on column trap.watch_entry.watch is 'Watch list. {meta.id principal}';
comment on column trap.watch_entry.number is 'Number of the row in its list, from 1. {meta.record}';
comment on column trap.watch_entry.entry is 'Name of the position. {meta.id;src;meta.main principal}';
comment on column trap.watch_entry.ra is 'Right ascension at the epoch [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.watch_entry.dec is 'Declination at the epoch [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.watch_entry.radius_arcsec is 'How near a source has to be [arcsec]. {phys.angSize principal}';
comment on column trap.watch_entry.pm_ra is
'Proper motion to the east on the sky, cos dec included; NULL: none is known [mas/yr]. {pos.pm;pos.eq.ra}';
comment on column trap.watch_entry.pm_dec is 'Proper motion to the north; NULL: none is known [mas/yr]. {pos.pm;pos.eq.dec}';
comment on column trap.watch_entry.epoch is 'Epoch of the position, Julian years; NULL: not known [yr]. {time.epoch}';
