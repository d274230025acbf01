-- Stores a work package of an event with its tasks, once: a second one of the same number is the first.
-- A task has the priority of the watch, unless it says another one.
-- Of what is not real nothing leaves the house: such a task is refused here, and never taken.
-- reads: trap_data.event
-- writes: trap_data.job, trap_data.package
create function trap.add_package(p_event_id bigint, p_responder text, p_number integer, p_package jsonb) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text;
    v_tense text;
    v_priority integer;
    v_package_id bigint;
    v_opening record;
begin
    select e.kind, e.tense, greatest(-2, least(2, e.priority)) into v_kind, v_tense, v_priority
    from trap_data.event as e
    where e.event_id = p_event_id;
    if not found then
        raise exception 'there is no event %', p_event_id using errcode = 'TR004';
    end if;
    select p.package_id into v_package_id
    from trap_data.package as p
    where p.event_id = p_event_id and p.responder = p_responder and p.number = p_number;
    if found then
        return v_package_id;
    end if;
    v_opening := trap.package_opening(p_responder, v_kind);
    insert into trap_data.package as p (event_id, responder, number, title, event_kind, tense, state, reason, opened_at)
    values (
        p_event_id, p_responder, p_number, p_package ->> 'title', v_kind, v_tense,
        case when v_opening.reason is null then 'open' else 'held' end, v_opening.reason, v_opening.opened_at
    )
    returning p.package_id into v_package_id;
    insert into trap_data.job (
        queue, payload, package_id, task, after, priority, not_before, deadline, attempts_max, state, ended_at, error
    )
    select
        case when (t.task ->> 'is_long')::boolean then 'long task' else 'task' end,
        jsonb_build_object('kind', t.task -> 'kind', 'arguments', t.task -> 'arguments'),
        v_package_id,
        t.number - 1,
        array(select a.number::smallint from jsonb_array_elements_text(t.task -> 'after') as a (number)),
        coalesce((t.task ->> 'priority')::smallint, v_priority),
        coalesce((t.task ->> 'not_before')::timestamptz, now()),
        (t.task ->> 'deadline')::timestamptz,
        (t.task ->> 'attempts_max')::integer,
        case when r.is_refused then 'refused' else 'held' end,
        case when r.is_refused then clock_timestamp() end,
        case when r.is_refused then format('the event is %s: of what is not real nothing leaves the house', v_tense) end
    from jsonb_array_elements(p_package -> 'tasks') with ordinality as t (task, number)
    cross join lateral (
        select v_tense <> 'real' and trap.leaves_house(t.task ->> 'kind') as is_refused
    ) as r;
    perform trap.settle_package(v_package_id);
    return v_package_id;
end;
$$;
comment on function trap.add_package is
'Stores a work package that a responder made of an event, and its tasks; returns its number. Only of what is real a task leaves the house.';
