-- The sources, with their mean positions.
-- reads: trap.indexed_source
create view trap.running_catalogue as
select
    dataset,
    dataset_id,
    source_id,
    name,
    ra,
    dec,
    ra_err,
    dec_err,
    n_blind,
    n_forced,
    first_seen,
    last_seen,
    monitored
from trap.indexed_source;
comment on view trap.running_catalogue is 'The sources of each data set, with their mean positions.';
comment on column trap.running_catalogue.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.running_catalogue.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.running_catalogue.source_id is
'Source; the id of its founding measurement. {meta.id;src;meta.main principal indexed}';
comment on column trap.running_catalogue.name is 'Name after the position at discovery. {meta.id;src principal}';
comment on column trap.running_catalogue.ra is 'Weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.running_catalogue.dec is 'Weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.running_catalogue.ra_err is
'Error of the mean to the east on the sky, 1 sigma [deg]. {stat.error;pos.eq.ra principal}';
comment on column trap.running_catalogue.dec_err is 'Error of the mean to the north, 1 sigma [deg]. {stat.error;pos.eq.dec principal}';
comment on column trap.running_catalogue.n_blind is 'Blind measurements, all bands. {meta.number;obs principal}';
comment on column trap.running_catalogue.n_forced is 'Usable forced fits, all bands. {meta.number;obs principal}';
comment on column trap.running_catalogue.first_seen is 'Time of the first blind measurement, UTC. {time.epoch;stat.min principal}';
comment on column trap.running_catalogue.last_seen is 'Time of the last blind measurement, UTC. {time.epoch;stat.max principal}';
comment on column trap.running_catalogue.monitored is 'Whether it is a monitored position rather than a source found. {meta.code}';
