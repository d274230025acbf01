-- Which alerts that of an event speaks of: those of its episode that were begun before or will be, and were not withdrawn since. An
-- update supersedes them, the end of an episode follows them up, and a retraction withdraws those of the events that are gone. What is
-- found where the event of an alert of others was, by a watch of it, follows that up.
-- reads: trap_data.alert, trap_data.event, trap_data.job, trap_data.package
-- writes: nothing
create function trap.cited_alerts(p_event_id bigint, p_kind text)
returns table (event_id bigint, dataset text, created_at timestamptz, ivorn text, citation text)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select null::bigint, null::text, null::timestamptz, a.ivorn, 'followup'
    from trap_data.event as new
    inner join trap_data.alert as a on new.alert_id = a.alert_id
    where new.event_id = p_event_id and new.kind <> 'retraction' and a.ivorn like 'ivo://%';

    return query
    select
        old.event_id, old.dataset_name, old.created_at, min(j.prepared ->> 'ivorn'),
        case new.kind when 'retraction' then 'retraction' when 'update' then 'supersedes' else 'followup' end
    from trap_data.event as new
    inner join trap_data.event as old
        on old.event_id < new.event_id and new.first_event_id in (old.event_id, old.first_event_id) and old.kind <> 'retraction'
    inner join trap_data.package as p on old.event_id = p.event_id
    inner join trap_data.job as j on p.package_id = j.package_id
    where
        new.event_id = p_event_id and j.payload ->> 'kind' = p_kind
        and (j.prepared is not null or j.state in ('blocked', 'waiting', 'running'))
        and (new.kind <> 'retraction' or (old.taken_at, old.event_id) >= (new.taken_at, new.previous_event_id))
        and not exists (
            select
            from trap_data.event as gone
            where
                gone.first_event_id = new.first_event_id and gone.kind = 'retraction' and gone.event_id > old.event_id
                and gone.event_id < new.event_id and (old.taken_at, old.event_id) >= (gone.taken_at, gone.previous_event_id)
        )
    group by old.event_id, new.kind
    order by old.event_id;
end;
$$;
comment on function trap.cited_alerts is
'The events of the episode before of which the alert of an event by this kind of task speaks, as superseded, followed up or retracted; and the identifiers of their alerts, NULL where these are yet to be made.';
