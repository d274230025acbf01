-- Retracts the events in question that waited for a replay long enough, in all data sets. Those that a time step is just judging are
-- passed over.
-- reads: trap_data.standing_event
-- writes: nothing
create function trap.retract_events() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return trap.withdraw_events(
        array(
            select s.event_id
            from trap_data.standing_event as s
            where s.questioned_until <= now()
            order by s.event_id
            for update skip locked
        ),
        'the data set was taken back to the time before, and not replayed'
    );
end;
$$;
comment on function trap.retract_events is
'Retracts the events that were rewound and that no replay brought back in time; returns the number of retractions.';
