-- The sky maps.
-- reads: trap_data.skymap
create view trap.skymap as
select
    m.name as skymap, m.event, m.event_at, m.distance_mean, m.distance_std, m.area_50, m.area_90, m.n_cells, m.order_max, m.total,
    m.origin, m.creator, case when trap.is_insider() then m.path end as path, m.digest,
    case when trap.is_insider() then m.owner end as owner, m.loaded_at
from trap_data.skymap as m;
comment on view trap.skymap is
'The sky maps: localisations of events, such as gravitational waves and gamma-ray bursts, with the probability of each cell of the sky.';
comment on column trap.skymap.skymap is 'Name given by the user. {meta.id;meta.main principal}';
comment on column trap.skymap.event is 'The event; NULL: not told. {meta.id principal}';
comment on column trap.skymap.event_at is 'When the event was, UTC; NULL: not told, or not to be read. {time.epoch principal}';
comment on column trap.skymap.distance_mean is 'Mean distance; NULL: not told [Mpc]. {pos.distance;stat.mean}';
comment on column trap.skymap.distance_std is 'Standard deviation of the distance; NULL: not told [Mpc]. {stat.stdev;pos.distance}';
comment on column trap.skymap.area_50 is 'Area of the smallest region that holds half of the probability [deg^2]. {phys.angArea}';
comment on column trap.skymap.area_90 is
'Area of the smallest region that holds nine tenths of it [deg^2]. {phys.angArea principal}';
comment on column trap.skymap.n_cells is 'Number of its cells. {meta.number}';
comment on column trap.skymap.order_max is 'HEALPix order of its smallest cells. {pos.healpix}';
comment on column trap.skymap.total is 'Sum of the probabilities in the file, by which they were divided [1]. {stat.probability}';
comment on column trap.skymap.origin is 'Who made it; NULL: not told. {meta.curation}';
comment on column trap.skymap.creator is 'Program that made it; NULL: not told. {meta.id;meta.software}';
comment on column trap.skymap.path is 'File that it was loaded from; NULL for the public. {meta.ref;meta.file}';
comment on column trap.skymap.digest is 'SHA-256 of that file. {meta.checksum}';
comment on column trap.skymap.owner is 'User who loaded it, who alone may remove it; NULL for the public. {meta.id;meta.curation}';
comment on column trap.skymap.loaded_at is 'When it was loaded. {time.creation}';
