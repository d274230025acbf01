select
    *,
    coalesce(current_source_id, source_id) as source_today
from trap.event
where event_id = any(%(event_ids)s);
