-- Brings the events of a data set into question that are of later time steps than this one, because it is taken back to it. They wait for
-- the replay, as long as their watch says, and are retracted if it does not bring them back; at once where that is no time at all.
-- reads: trap_data.watch
-- writes: trap_data.standing_event
create function trap.question_events(p_dataset_id integer, p_to timestamptz) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_episode_ids bigint[];
begin
    with questioned as (
        update trap_data.standing_event as s
        set questioned_until = now() + w.retract_wait
        from trap_data.watch as w
        where s.dataset_id = p_dataset_id and s.taken_at > p_to and s.questioned_until is null and s.watch_id = w.watch_id
        returning s.episode_id
    )

    select array_agg(distinct q.episode_id) into v_episode_ids
    from questioned as q;
    perform trap.reopen_episodes(v_episode_ids);
    perform trap.withdraw_events(
        array(
            select s.event_id
            from trap_data.standing_event as s
            where s.dataset_id = p_dataset_id and s.questioned_until <= now()
            for update
        ),
        'the data set was taken back to the time before'
    );
end;
$$;
comment on function trap.question_events is
'Brings the events of a data set after a time into question; those whose watch does not wait are retracted.';
