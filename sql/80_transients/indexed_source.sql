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
-- a data set is there for each: who does not ask for its name is not to pay for the join
left join trap_data.dataset as d on s.dataset_id = d.dataset_id;
comment on view trap.indexed_source is
'The sources as trap.running_catalogue has them, with the position that is indexed, for cones written by hand or in ADQL.';
comment on column trap.indexed_source.dataset is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.dataset_id is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.source_id is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.name is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.ra is 'As in trap.running_catalogue [deg].';
comment on column trap.indexed_source.dec is 'As in trap.running_catalogue [deg].';
comment on column trap.indexed_source.ra_err is 'As in trap.running_catalogue [deg].';
comment on column trap.indexed_source.dec_err is 'As in trap.running_catalogue [deg].';
comment on column trap.indexed_source.n_blind is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.n_forced is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.first_seen is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.last_seen is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.monitored is 'As in trap.running_catalogue.';
comment on column trap.indexed_source.pos is
'The position for conditions that use its index; it may lag behind ra and dec by 3 arcsec.';
