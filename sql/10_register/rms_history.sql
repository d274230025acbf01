-- The noise of the images that were taken last before the open time step, in a band and Stokes parameter.
-- Their own time counts, not when they came in; rejected ones are among them, so that a lasting change is accepted in the end, and
-- so are those without a noise: left out, one blank image would suspend the judgement of the next ones.
-- reads: trap_data.image, trap_data.quality_check
-- writes: trap_data.band and trap_data.dataset for a new band
create function trap.rms_history(p_freq_eff double precision, p_bandwidth double precision, p_stokes text, p_count integer)
returns table (rms double precision)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_step record;
    v_band_id bigint;
begin
    v_step := trap.require_time_step();
    v_band_id := trap.band_of(v_step.dataset_id, p_freq_eff, p_bandwidth);
    return query
    with earlier as materialized (
        select i.image_id
        from trap_data.image as i
        where
            i.dataset_id = v_step.dataset_id
            and i.taken_at < v_step.taken_at
            and i.band_id = v_band_id
            and i.stokes = p_stokes::trap_data.stokes_parameter
            and i.status <> 'rewound'
        order by i.taken_at desc, i.image_id desc
        limit p_count
    )
    select c.value
    from earlier
    left join trap_data.quality_check as c on c.image_id = earlier.image_id and c.name = 'rms';
end;
$$;
comment on function trap.rms_history is
'The central rms [Jy/beam] of the last images of a band (given by frequency and bandwidth [Hz]) and Stokes parameter before the open '
'time step; NULL for an image that has none.';
