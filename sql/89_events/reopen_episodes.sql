-- Makes the last event that holds the one with which an episode goes on, when those after it came into question or were retracted.
-- reads: trap_data.event
-- writes: trap_data.standing_event
create function trap.reopen_episodes(p_episode_ids bigint[]) returns void
language sql volatile
begin atomic
update trap_data.standing_event as s
set is_open = l.is_last and e.kind <> 'ended'
from trap_data.event as e
inner join (
    select
        o.event_id,
        o.questioned_until is null
        and row_number() over (
            partition by o.episode_id, o.questioned_until is null order by o.taken_at desc, o.event_id desc
        ) = 1 as is_last
    from trap_data.standing_event as o
    where o.episode_id = any(p_episode_ids)
) as l on e.event_id = l.event_id
where s.event_id = l.event_id and s.is_open is distinct from (l.is_last and e.kind <> 'ended');
end;
comment on function trap.reopen_episodes is 'Opens episodes at the last of their events that is not in question, unless that is their end.';
