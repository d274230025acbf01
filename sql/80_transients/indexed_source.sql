-- The sources as trap.running_catalogue has them, with the position that is indexed: ADQL is translated to it, by trapdb/adql/views.py.
-- It is a view of its own, since its type is not known to databases without pgSphere that import the other ones.
-- reads: trap_data.source, trap_data.dataset
create view trap.indexed_source as
select
    d.name as dataset,
    s.dataset_id,
    s.source_id,
    s.name,
    s.ra,
    s.dec,
    s.ra_err,
    s.dec_err,
    s.n_blind,
    s.n_forced,
    s.first_seen,
    s.last_seen,
    s.monitored,
    s.pos
from trap_data.source as s
inner join trap_data.dataset as d on s.dataset_id = d.dataset_id;
comment on view trap.indexed_source is
'The sources as trap.running_catalogue has them, with the position that is indexed, for cones written by hand or in ADQL.';
comment on column trap.indexed_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.indexed_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.indexed_source.source_id is
'Source; the id of its founding measurement. {meta.id;src;meta.main principal indexed}';
comment on column trap.indexed_source.name is 'Name after the position at discovery. {meta.id;src principal}';
comment on column trap.indexed_source.ra is 'Weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.indexed_source.dec is 'Weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.indexed_source.ra_err is
'Error of the mean to the east on the sky, 1 sigma [deg]. {stat.error;pos.eq.ra principal}';
comment on column trap.indexed_source.dec_err is 'Error of the mean to the north, 1 sigma [deg]. {stat.error;pos.eq.dec principal}';
comment on column trap.indexed_source.n_blind is 'Blind measurements, all bands. {meta.number;obs principal}';
comment on column trap.indexed_source.n_forced is 'Usable forced fits, all bands. {meta.number;obs principal}';
comment on column trap.indexed_source.first_seen is 'Time of the first blind measurement, UTC. {time.epoch;stat.min principal}';
comment on column trap.indexed_source.last_seen is 'Time of the last blind measurement, UTC. {time.epoch;stat.max principal}';
comment on column trap.indexed_source.monitored is 'Whether it is a monitored position rather than a source found. {meta.code}';
comment on column trap.indexed_source.pos is
'The position for conditions that use its index; it may lag behind ra and dec by 3 arcsec. {pos.eq indexed}';
