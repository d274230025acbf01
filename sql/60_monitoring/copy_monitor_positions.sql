-- Has another data set monitor the positions of this one, with the same motions, ephemerides and times.
-- reads: trap_data.monitor_position, trap_data.monitor_ephemeris
-- writes: trap_data.monitor_position, trap_data.monitor_ephemeris, trap_data.source, trap_data.dataset
create function trap.copy_monitor_positions(p_from text, p_to text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_from_id constant integer := trap.dataset_id_of(p_from);
    v_position record;
    v_count integer := 0;
begin
    for v_position in
        select
            m.*,
            (
                select jsonb_agg(jsonb_build_object('taken_at', e.taken_at, 'ra', e.ra, 'dec', e.dec) order by e.taken_at)
                from trap_data.monitor_ephemeris as e
                where e.source_id = m.source_id
            ) as ephemeris
        from trap_data.monitor_position as m
        where m.dataset_id = v_from_id
        order by m.source_id
    loop
        perform trap.set_monitor_position(
            p_to, v_position.name, v_position.ra, v_position.dec, v_position.pm_ra_mas_yr, v_position.pm_dec_mas_yr,
            v_position.epoch, v_position.active_from, v_position.active_until, v_position.ephemeris
        );
        v_count := v_count + 1;
    end loop;
    return v_count;
end;
$$;
comment on function trap.copy_monitor_positions is
'Has another data set monitor the positions of this one; returns how many there are.';
