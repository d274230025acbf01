-- The watches.
-- reads: trap_data.watch
create view trap.watch as
select
    w.name as watch, w.definition_name as definition, array_to_string(w.responders, ',') as responders, w.dataset_name as dataset,
    w.watch_list_name as watch_list, w.ra::double precision as ra, w.dec::double precision as dec, w.radius, w.freq_low, w.freq_high,
    w.priority,
    w.update_factor, w.update_sigma, extract(epoch from w.update_wait)::double precision as update_wait_s, w.announces_end, w.events_max,
    extract(epoch from w.retract_wait)::double precision as retract_wait_s, w.owner, w.added_at, w.alert_id
from trap_data.watch as w;
comment on view trap.watch is 'The watches: definitions of transients that are evaluated in each time step, where, and whom they wake. '
'The public does not see them.';
comment on column trap.watch.watch is 'Name. {meta.id;meta.main principal}';
comment on column trap.watch.definition is 'Definition of transients that is watched for. {meta.id principal}';
comment on column trap.watch.responders is 'Responders that an event wakes, with commas between them. {meta.id principal}';
comment on column trap.watch.dataset is 'Data set; NULL: all. {meta.id;meta.dataset principal}';
comment on column trap.watch.watch_list is 'Watch list or map in which a source has to be; NULL: anywhere. {meta.id principal}';
comment on column trap.watch.ra is
'Centre of the circle in which a source has to be, right ascension [deg]; NULL: anywhere. {pos.eq.ra;meta.main}';
comment on column trap.watch.dec is 'The same, declination [deg]. {pos.eq.dec;meta.main}';
comment on column trap.watch.radius is 'Radius of that circle [deg]. {phys.angSize}';
comment on column trap.watch.freq_low is 'Lowest frequency of the band in which it is fulfilled [Hz]; NULL: any. {em.freq;stat.min}';
comment on column trap.watch.freq_high is 'Highest frequency of that band [Hz]. {em.freq;stat.max}';
comment on column trap.watch.priority is 'Priority of what responders do; higher comes first. {meta.code}';
comment on column trap.watch.update_factor is
'An update is told when the peak flux density changed by this factor since the last event [1]; NULL: not for that. {phot.flux.density.sb;arith.ratio}';
comment on column trap.watch.update_sigma is 'Or by so many errors of the difference [sigma]; NULL: not for that. {stat.snr}';
comment on column trap.watch.update_wait_s is
'An update comes at least so long after the last event, in the time of observation [s]. {time.duration}';
comment on column trap.watch.announces_end is 'Whether the end wakes responders, too. {meta.code}';
comment on column trap.watch.events_max is 'So many events of a time step wake responders, at most. {meta.number;stat.max}';
comment on column trap.watch.retract_wait_s is
'So long an event that was rewound waits for the replay, before it is retracted [s]. {time.duration}';
comment on column trap.watch.owner is 'User who added it, who alone may remove it. {meta.id;meta.curation}';
comment on column trap.watch.added_at is 'When it was added, UTC. {time.creation}';
comment on column trap.watch.alert_id is 'Alert where whose event was it watches; NULL: none. {meta.id.assoc}';
