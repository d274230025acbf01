select observation.*
from trap.event as gone
inner join trap.event as event
    on
        gone.first_event_id in (event.event_id, event.first_event_id) and event.kind <> 'retraction'
        and event.event_id < gone.event_id and (event.taken_at, event.event_id) >= (gone.taken_at, gone.previous_event_id)
cross join lateral trap.observations(event.event_id, 1000) as observation
where gone.event_id = %(event_id)s
order by observation.observation_id;
