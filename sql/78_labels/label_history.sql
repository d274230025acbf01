-- All that people ever said of sources, labels that were followed by others and withdrawals included.
-- reads: trap_data.label
create view trap.label_history as
select
    l.label_id, l.dataset_name as given_dataset, l.dataset_id as given_dataset_id, l.source_id as given_source_id,
    l.source_name as given_name, l.user_name, l.labelled_at, l.rating, l.object_class,
    nullif(array_to_string(l.tags, ','), '') as tags, l.note, l.epoch, l.withdrawn, l.superseded_by,
    l.ra::double precision as ra, l.dec::double precision as dec, l.ra_err, l.dec_err, l.monitored
from trap_data.label as l;
comment on view trap.label_history is
'All labels ever given, in which data set and to which source it was, those that were followed by others or withdrawn included.';
comment on column trap.label_history.label_id is 'Label; later ones have larger ids. {meta.id;meta.main principal indexed}';
comment on column trap.label_history.given_dataset is 'Name of the data set in which it was given, then. {meta.id;meta.dataset principal}';
comment on column trap.label_history.given_dataset_id is 'That data set; it may be there no more. {meta.id;meta.dataset}';
comment on column trap.label_history.given_source_id is 'The source then; it may be there no more. {meta.id;src}';
comment on column trap.label_history.given_name is 'Its name then. {meta.id;src principal}';
comment on column trap.label_history.user_name is 'Who gave it. {meta.id principal}';
comment on column trap.label_history.labelled_at is 'When, UTC. {time.creation principal}';
comment on column trap.label_history.rating is 'real, artefact or unsure; NULL: not rated. {meta.code.qual principal}';
comment on column trap.label_history.object_class is 'Class; NULL: none given. {src.class principal}';
comment on column trap.label_history.tags is 'Words of the user''s own, separated by commas. {meta.note}';
comment on column trap.label_history.note is 'What else the user said. {meta.note}';
comment on column trap.label_history.epoch is 'Time of the measurement that is meant, UTC; NULL: the source as a whole. {time.epoch}';
comment on column trap.label_history.withdrawn is 'Whether it only takes the user''s earlier label back. {meta.code principal}';
comment on column trap.label_history.superseded_by is
'The label by which the same user followed it; NULL: it is the latest. {meta.id principal}';
comment on column trap.label_history.ra is 'Right ascension of the source then [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.label_history.dec is 'Declination of the source then [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.label_history.ra_err is
'Error of that to the east on the sky, 1 sigma [deg]; NULL for a monitored position. {stat.error;pos.eq.ra}';
comment on column trap.label_history.dec_err is 'Error to the north, 1 sigma [deg]; NULL for a monitored position. {stat.error;pos.eq.dec}';
comment on column trap.label_history.monitored is 'Whether it is of a monitored position. {meta.code}';
