-- Watches where the event of an alert was, by a definition: in its error circle, or the circle about its ellipse, or as a watch map the
-- smallest region of its sky map that holds a probability.
-- reads: trap_data.alert, trap_data.skymap_cell
-- writes: trap_data.watch_list, trap_data.watch_cell, trap_data.watch_cover, trap_data.watch
create function trap.watch_alert(
    p_alert_id bigint, p_definition text, p_responders text[], p_dataset text default null, p_radius double precision default null,
    p_probability double precision default 0.9
) returns text
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_region record;
    v_name constant text := 'alert_' || p_alert_id;
    v_skymap_id integer;
    v_level double precision;
    v_first bigint[];
    v_last bigint[];
begin
    select * into v_region from trap.alert_region(p_alert_id, p_radius);
    if v_region.skymap is not null then
        if (p_probability > 0 and p_probability <= 1) is not true then
            raise exception 'no region holds a probability of %: expected more than 0, and no more than 1', p_probability
            using errcode = 'TR004';
        end if;
        v_skymap_id := trap.skymap_id_of(v_region.skymap);
        v_level := trap.skymap_level(v_skymap_id, p_probability);
        -- cells that touch are one range
        select array_agg(r.first_cell order by r.first_cell), array_agg(r.last_cell order by r.first_cell) into v_first, v_last
        from (
            select min(n.first_cell) as first_cell, max(n.last_cell) as last_cell
            from (
                select b.first_cell, b.last_cell, count(*) filter (where b.begins) over (order by b.first_cell) as run
                from (
                    select
                        c.first_cell, c.first_cell + w.width - 1 as last_cell,
                        c.first_cell is distinct from lag(c.first_cell + w.width) over (order by c.first_cell) as begins
                    from trap_data.skymap_cell as c
                    cross join lateral (select power(4::double precision, 29 - c.healpix_order)::bigint as width) as w
                    where c.skymap_id = v_skymap_id and c.enclosed <= v_level
                ) as b
            ) as n
            group by n.run
        ) as r;
        perform trap.store_watch_moc(v_name, 'sky map ' || v_region.skymap, v_first, v_last);
    elsif v_region.error_major = 0 then
        raise exception 'alert % does not say how well its position is known', p_alert_id
        using errcode = 'TR004', hint = 'Give a radius.';
    end if;
    perform trap.add_watch(
        v_name, p_definition, p_responders, p_dataset, case when v_region.skymap is not null then v_name end,
        case when v_region.skymap is null then v_region.ra end, case when v_region.skymap is null then v_region.dec end,
        case when v_region.skymap is null then v_region.error_major end,
        null, null, 0, null, null, interval '0', false, 100, interval '1 hour', p_alert_id
    );
    return v_name;
end;
$$;
comment on function trap.watch_alert is
'Watches where the event of an alert was for what fulfils a definition, and returns the name of the watch, alert_ and the number. What '
'fulfils it by now is stored in trap.event and wakes nobody; with a radius [deg], so near to its position.';
