-- What happened to sources that are watched, as it was known then, and whether it still holds.
-- reads: trap_data.event, trap_data.standing_event
create view trap.event as
select
    e.dataset_name as dataset, e.dataset_id, e.event_id, e.kind, e.tense, e.watch_name as watch, e.definition_name as definition,
    e.conditions, e.first_event_id, e.previous_event_id, e.source_name, e.source_id, e.ra::double precision as ra,
    e.dec::double precision as dec, e.position_error_arcsec, e.band_id, e.stokes::text as stokes, e.taken_at, e.discovered_at,
    e.known_image_id, e.figures, e.versions, e.created_at, e.reason, e.announced,
    case
        when e.kind = 'retraction' then 'standing'
        when s.questioned_until is not null then 'questioned'
        when s.event_id is not null then 'standing'
        when exists (
            select from trap_data.event as r
            where
                r.kind = 'retraction' and r.event_id > e.event_id and r.first_event_id = coalesce(e.first_event_id, e.event_id)
                and (r.taken_at, r.previous_event_id) <= (e.taken_at, e.event_id)
        )
            then 'retracted'
        else 'standing'
    end as state,
    s.source_id as current_source_id, e.alert_id
from trap_data.event as e
left join trap_data.standing_event as s on e.event_id = s.event_id;
comment on view trap.event is
'What happened to sources that are watched, as it was known then: one row an event. Rows are added, and never changed nor removed. '
'The public does not see them: some are injected.';
comment on column trap.event.dataset is 'Name of the data set, then. {meta.id;meta.dataset principal}';
comment on column trap.event.dataset_id is 'Data set; it may be there no more. {meta.id;meta.dataset indexed}';
comment on column trap.event.event_id is 'Identifier; later events have larger ones. {meta.id;meta.main principal indexed}';
comment on column trap.event.kind is
'initial: a source begins to fulfil a watch; update: it changed; ended: it does no longer; retraction: what caused an event is gone. '
'{meta.code.class principal}';
comment on column trap.event.tense is 'real; or injected, simulated or test, which does not leave the house. {meta.code principal}';
comment on column trap.event.watch is 'Watch. {meta.id principal}';
comment on column trap.event.definition is 'Its definition of transients. {meta.id principal}';
comment on column trap.event.conditions is
'What the definition asked for then: column, comparison and value of each condition. {meta.query}';
comment on column trap.event.first_event_id is 'Initial event of the episode; NULL: it is that. {meta.id.parent indexed}';
comment on column trap.event.previous_event_id is
'Event of the episode before it; of a retraction, the first that it withdraws, and with it all of the episode that follow that. '
'{meta.id.assoc}';
comment on column trap.event.source_name is 'Name of the source. {meta.id;src principal}';
comment on column trap.event.source_id is 'Source, then; it may be there no more. {meta.id;src indexed}';
comment on column trap.event.ra is 'Its weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.event.dec is 'Its weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.event.position_error_arcsec is
'Radius of the circle about it that holds the source with 68 per cent [arcsec]; NULL for a monitored position. '
'{stat.error;pos.eq principal}';
comment on column trap.event.band_id is 'Band in which the definition is fulfilled. {meta.id;instr.bandpass}';
comment on column trap.event.stokes is 'Stokes parameter in which it is. {meta.code;phys.polarization.stokes}';
comment on column trap.event.taken_at is
'Time step, UTC; of a retraction, that of the event that it withdraws. {time.start;obs.exposure principal}';
comment on column trap.event.discovered_at is
'Time of the first blind measurement of the source, UTC; NULL for a monitored position. {time.epoch;stat.min}';
comment on column trap.event.known_image_id is 'Last accepted image of the time step; it may be there no more. {meta.id;obs.image}';
comment on column trap.event.figures is
'What was known then: the columns of trap.definition_column, and of the last point of the source in the band, its image and the limit '
'before the discovery, by name; what is unknown is absent. {obs.param}';
comment on column trap.event.versions is
'Versions of trapdb and of the schema, and a digest of the conditions, by name. {meta.version;meta.software}';
comment on column trap.event.created_at is 'When it was written, UTC. {time.creation principal}';
comment on column trap.event.reason is 'Why it is retracted; NULL: it is no retraction. {meta.note}';
comment on column trap.event.announced is 'Whether it woke responders. {meta.code principal}';
comment on column trap.event.state is
'standing; questioned: its time step was rewound, and it waits for the replay; retracted. {meta.code.status principal}';
comment on column trap.event.current_source_id is
'The source as of today, since a replay gives new numbers; NULL: it is not followed any more. {meta.id;src}';
comment on column trap.event.alert_id is
'Alert where whose event was the watch watches; NULL: none. {meta.id.assoc indexed}';
