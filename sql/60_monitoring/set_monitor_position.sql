-- Adds a position to be measured in every image that covers it, or changes the one that has this name. It has a source row of its
-- own. Points that it has already stay where they were measured.
-- reads: trap_data.source
-- writes: trap_data.monitor_position, trap_data.monitor_ephemeris, trap_data.source, trap_data.dataset
create function trap.set_monitor_position(
    p_dataset text, p_name text, p_ra double precision, p_dec double precision,
    p_pm_ra_mas_yr double precision, p_pm_dec_mas_yr double precision, p_epoch timestamptz,
    p_active_from timestamptz, p_active_until timestamptz, p_ephemeris jsonb
) returns table (source_id bigint, change text)
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_ephemeris constant jsonb := coalesce(p_ephemeris, '[]');
    v_ra double precision := p_ra;
    v_dec double precision := p_dec;
    v_pm_ra constant double precision := coalesce(p_pm_ra_mas_yr, 0);
    v_pm_dec constant double precision := coalesce(p_pm_dec_mas_yr, 0);
    v_source_id bigint;
    v_changed boolean;
begin
    if v_ra is null and v_dec is null then
        -- what moves by an ephemeris stands in the catalogue where that begins
        select r.ra, r.dec into v_ra, v_dec
        from jsonb_to_recordset(v_ephemeris) as r (taken_at timestamptz, ra double precision, dec double precision)
        order by r.taken_at
        limit 1;
    end if;
    perform trap.check_monitor_position(p_name, v_ra, v_dec, v_pm_ra, v_pm_dec, p_epoch, p_active_from, p_active_until);

    perform trap.lock_dataset(v_dataset_id);
    select m.source_id into v_source_id
    from trap_data.monitor_position as m
    where m.dataset_id = v_dataset_id and m.name = p_name;
    if found then
        update trap_data.monitor_position as m
        set
            ra = v_ra, dec = v_dec, pm_ra_mas_yr = v_pm_ra, pm_dec_mas_yr = v_pm_dec, epoch = p_epoch,
            active_from = p_active_from, active_until = p_active_until
        where
            m.source_id = v_source_id
            and (m.ra, m.dec, m.pm_ra_mas_yr, m.pm_dec_mas_yr, m.epoch, m.active_from, m.active_until)
            is distinct from (v_ra, v_dec, v_pm_ra, v_pm_dec, p_epoch, p_active_from, p_active_until);
        v_changed := found;
        v_changed := trap.set_ephemeris(v_source_id, v_ephemeris) or v_changed;
        if v_changed then
            update trap_data.source as s
            set ra = v_ra, dec = v_dec, pos = spoint(radians(v_ra), radians(v_dec)), reference_ra = v_ra, reference_dec = v_dec
            where s.dataset_id = v_dataset_id and s.source_id = v_source_id;
        end if;
        return query select v_source_id, case when v_changed then 'changed' else 'unchanged' end;
        return;
    end if;

    perform from trap_data.source as s where s.dataset_id = v_dataset_id and s.name = p_name;
    if found then
        raise exception 'a source of data set "%" is named "%" already: give the position another name', p_dataset, p_name
        using errcode = 'TR004';
    end if;
    update trap_data.dataset as d
    set monitor_count = d.monitor_count + 1
    where d.dataset_id = v_dataset_id
    returning trap.measurement_id(trap.numbered_id(v_dataset_id, 0), d.monitor_count) into v_source_id;
    insert into trap_data.monitor_position (
        source_id, dataset_id, name, ra, dec, pm_ra_mas_yr, pm_dec_mas_yr, epoch, active_from, active_until
    ) values (v_source_id, v_dataset_id, p_name, v_ra, v_dec, v_pm_ra, v_pm_dec, p_epoch, p_active_from, p_active_until);
    perform trap.set_ephemeris(v_source_id, v_ephemeris);
    insert into trap_data.source (
        dataset_id, source_id, name, ra, dec, pos, reference_ra, reference_dec,
        weight_l, weighted_l, weight_m, weighted_m, n_blind, n_forced, forced_steps, monitored
    ) values (
        v_dataset_id, v_source_id, p_name, v_ra, v_dec, spoint(radians(v_ra), radians(v_dec)), v_ra, v_dec,
        0, 0, 0, 0, 0, 0, 0, true
    );
    return query select v_source_id, 'added';
end;
$$;
comment on function trap.set_monitor_position is
'Adds a position [deg] to be measured in every image of a data set, or changes the one of this name: proper motion [mas/yr] from its '
'epoch, or an ephemeris (array of objects with taken_at, ra and dec). Returns its source, and added, changed or unchanged.';
