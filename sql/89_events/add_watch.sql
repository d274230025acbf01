-- Adds a watch. In the data sets that are there it begins where they are: what fulfils it by now is stored, and wakes nobody.
-- reads: trap_data.dataset, trap_data.publication, trap_data.watch_list, trap.transient_definition
-- writes: trap_data.watch
create function trap.add_watch(
    p_name text, p_definition text, p_responders text[], p_dataset text, p_watch_list text, p_ra double precision, p_dec double precision,
    p_radius double precision, p_freq_low double precision, p_freq_high double precision, p_priority integer,
    p_update_factor double precision, p_update_sigma double precision, p_update_wait interval, p_announces_end boolean,
    p_events_max integer, p_retract_wait interval, p_alert_id bigint default null
) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_watch_id integer;
begin
    if p_name is null or p_name !~ '^[a-z][a-z0-9_]{0,62}$' then
        raise exception 'a watch cannot be named "%": expected a lower-case letter, then lower-case letters, digits and underscores, '
        '63 at most', p_name using errcode = 'TR004';
    elsif not exists (select from trap.transient_definition as d where d.name = p_definition) then
        raise exception 'there is no definition of transients named "%": `trapdb definition list` and trap.transient_definition list them',
        p_definition using errcode = 'TR004';
    elsif p_watch_list is not null and not exists (select from trap_data.watch_list as l where l.name = p_watch_list) then
        raise exception 'there is no watch list named "%": trap.watch_list lists them', p_watch_list using errcode = 'TR002';
    end if;
    insert into trap_data.watch (
        name, definition_name, dataset_name, watch_list_name, ra, dec, radius, freq_low, freq_high, responders, priority,
        update_factor, update_sigma, update_wait, announces_end, events_max, retract_wait, alert_id
    )
    values (
        p_name, p_definition, p_dataset, p_watch_list, p_ra, p_dec, p_radius, p_freq_low, p_freq_high, p_responders, p_priority,
        p_update_factor, p_update_sigma, p_update_wait, p_announces_end, p_events_max, p_retract_wait, p_alert_id
    )
    on conflict (name) do nothing
    returning watch_id into v_watch_id;
    if not found then
        raise exception 'there is a watch named "%" already: remove it, or choose another name', p_name using errcode = 'TR004';
    end if;
    perform trap.start_watch(v_watch_id, d.dataset_id)
    from trap_data.dataset as d
    where (p_dataset is null or d.name = p_dataset) and not exists (select from trap_data.publication as p where p.dataset_id = d.dataset_id)
    order by d.dataset_id;
    return v_watch_id;
end;
$$;
comment on function trap.add_watch is
'Adds a watch and returns its id: its name, its definition, the responders that it wakes, and as columns of trap.watch where it watches, what '
'counts as an update, how events are announced, and the alert where whose event was it watches.';
