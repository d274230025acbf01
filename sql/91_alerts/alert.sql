-- The alerts of others, with what became of each: it is retracted, or superseded, by the last one of its stream that cites it as such, or
-- that came later without citing anything, and speaks of the same event: senders retract so. What another stream says of it is a citation.
-- Tests concern tests.
-- reads: trap_data.alert, trap_data.alert_citation, trap_data.skymap
create view trap.alert as
select
    a.alert_id, a.state, a.reason, a.ivorn, a.stream, a.role, a.kind, a.event, a.author, a.format,
    -- what folders there are is nobody's business
    regexp_replace(a.origin, '^/.*/', '') as origin, a.content_bytes, a.digest,
    a.received_at, a.sent_at, a.event_at, a.ra::double precision as ra, a.dec::double precision as dec,
    a.error_major, a.error_minor, a.error_pa, a.containment, m.name as skymap, m.area_90 as skymap_area_90, a.skymap_url,
    (
        select e.ivorn
        from (
            select n.alert_id, n.ivorn
            from trap_data.alert_citation as c
            inner join trap_data.alert as n on c.alert_id = n.alert_id
            where
                c.cited_ivorn = a.ivorn and c.cite = 'supersedes' and n.alert_id <> a.alert_id
                and n.stream = a.stream and (n.role = 'test') = (a.role = 'test')
            union all
            select n.alert_id, n.ivorn
            from trap_data.alert as n
            where
                n.state = 'accepted' and n.stream = a.stream and n.event = a.event and n.kind = 'update' and n.alert_id > a.alert_id
                and (n.role = 'test') = (a.role = 'test')
                and not exists (select from trap_data.alert_citation as c where c.alert_id = n.alert_id)
        ) as e
        order by e.alert_id desc
        limit 1
    ) as superseded_by,
    (
        select e.ivorn
        from (
            select n.alert_id, n.ivorn
            from trap_data.alert_citation as c
            inner join trap_data.alert as n on c.alert_id = n.alert_id
            where
                c.cited_ivorn = a.ivorn and c.cite = 'retraction' and n.alert_id <> a.alert_id
                and n.stream = a.stream and (n.role = 'test') = (a.role = 'test')
            union all
            select n.alert_id, n.ivorn
            from trap_data.alert as n
            where
                n.state = 'accepted' and n.stream = a.stream and n.event = a.event and n.kind = 'retraction' and n.alert_id > a.alert_id
                and (n.role = 'test') = (a.role = 'test')
                and not exists (select from trap_data.alert_citation as c where c.alert_id = n.alert_id)
        ) as e
        order by e.alert_id desc
        limit 1
    ) as retracted_by,
    (
        select jsonb_agg(jsonb_build_object('cite', c.cite, 'ivorn', c.cited_ivorn) order by c.cited_ivorn)
        from trap_data.alert_citation as c
        where c.alert_id = a.alert_id
    ) as citations,
    a.parameters, a.unread
from trap_data.alert as a
left join trap_data.skymap as m on a.skymap_id = m.skymap_id;
comment on view trap.alert is 'Alerts that came from others: VOEvents and notices of GCN, with those that were refused.';
comment on column trap.alert.alert_id is 'Alert, in the order in which they came. {meta.id;meta.main principal indexed}';
comment on column trap.alert.state is 'accepted or refused. {meta.code.status principal}';
comment on column trap.alert.reason is 'Why it was refused; NULL: it was not. {meta.note}';
comment on column trap.alert.ivorn is
'IVORN of a VOEvent; of a notice without one its topic, event and digest. NULL: refused. {meta.ref.ivoid principal indexed}';
comment on column trap.alert.stream is 'Who sends it: the IVORN up to #, or the topic. {meta.id;meta.curation principal indexed}';
comment on column trap.alert.role is 'observation, prediction, utility or test. {meta.code.class principal}';
comment on column trap.alert.kind is 'initial, update or retraction. {meta.code principal}';
comment on column trap.alert.event is
'By which name its sender knows the event, such as a trigger''s number; NULL: not told. {meta.id;src principal}';
comment on column trap.alert.author is 'Who made it; NULL: not told. {meta.id;meta.curation}';
comment on column trap.alert.format is 'voevent, or gcn: a notice of GCN in JSON; NULL: not to be told. {meta.code.mime}';
comment on column trap.alert.origin is 'Whence it came: broker, topic, or the name of a file without its folder. {meta.ref}';
comment on column trap.alert.content_bytes is 'How many bytes it has. {meta.number}';
comment on column trap.alert.digest is 'SHA-256 of these. {meta.checksum}';
comment on column trap.alert.received_at is 'When it came. {time.creation principal}';
comment on column trap.alert.sent_at is 'When its author made it, UTC; NULL: not told. {time.release}';
comment on column trap.alert.event_at is 'When the event was, UTC; NULL: not told. {time.epoch;src principal}';
comment on column trap.alert.ra is 'Right ascension [deg]; NULL: not told. {pos.eq.ra;meta.main principal}';
comment on column trap.alert.dec is 'Declination [deg]; NULL: not told. {pos.eq.dec;meta.main principal}';
comment on column trap.alert.error_major is
'Radius of the error circle, or semi-major axis of the error ellipse [deg]; NULL: not told. {phys.angSize.smajAxis;pos.errorEllipse principal}';
comment on column trap.alert.error_minor is
'Semi-minor axis of the error ellipse [deg]; NULL: it is a circle. {phys.angSize.sminAxis;pos.errorEllipse}';
comment on column trap.alert.error_pa is
'Position angle of its major axis, north through east [deg]; NULL: it is a circle. {pos.posAng;pos.errorEllipse}';
comment on column trap.alert.containment is
'Probability that the event was in the error region, as told [1]; NULL: not told. {stat.probability;pos.errorEllipse}';
comment on column trap.alert.skymap is 'Sky map, one of trap.skymap; NULL: none. {meta.id.assoc principal}';
comment on column trap.alert.skymap_area_90 is
'Area of the smallest region of it that holds nine tenths of the probability [deg^2]; NULL: no map. {phys.angArea}';
comment on column trap.alert.skymap_url is 'Where its sender has a sky map; NULL: not told. {meta.ref.url}';
comment on column trap.alert.superseded_by is 'The last alert of its stream that supersedes it; NULL: none. {meta.ref.ivoid}';
comment on column trap.alert.retracted_by is 'The last alert of its stream that retracts it; NULL: none. {meta.ref.ivoid principal}';
comment on column trap.alert.citations is
'What it refers to: cite (followup, supersedes or retraction) and ivorn of each; NULL: nothing. {meta.ref.ivoid}';
comment on column trap.alert.parameters is 'What else it says: values by the names of its parameters. {meta.record}';
comment on column trap.alert.unread is
'What it tells of time and place and could not be read, in words, so that it is not known; NULL: nothing. {meta.note}';
