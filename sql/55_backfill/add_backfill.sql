-- Adds the forced fits that were copied in for an image after its own time step. They become known with the last image of
-- the data set; they never move a position, and do not count for the expiry.
-- reads: trap_data.image
-- writes: trap_data.association, trap_data.source, trap_data.source_flux, trap_data.new_source, pg_temp.detection, pg_temp.resolved_pair
create function trap.add_backfill(p_image_id bigint) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id integer;
    v_image record;
    v_last_image_id bigint;
    v_count integer;
begin
    select s.dataset_id into v_dataset_id from trap.require_time_step() as s;
    select i.taken_at, i.band_id, i.stokes into v_image
    from trap_data.image as i
    where i.image_id = p_image_id and i.dataset_id = v_dataset_id and i.status = 'accepted';
    if not found then
        raise exception 'image % is not an accepted image of the data set that is open', p_image_id using errcode = 'TR003';
    end if;
    select max(i.image_id) into v_last_image_id
    from trap_data.image as i
    where
        trap.is_in_dataset(i.image_id, v_dataset_id)
        and i.status <> 'rewound';

    v_count := trap.take_forced(p_image_id, v_last_image_id, true);
    if v_count = 0 then
        return 0;
    end if;
    update trap_data.source as s
    set n_forced = s.n_forced + 1
    from pg_temp.resolved_pair as p
    inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
    where s.dataset_id = v_dataset_id and s.source_id = p.source_id;

    update trap_data.new_source as n
    set
        before_n = n.before_n + 1,
        before_weight = n.before_weight + 1 / (x.peak_flux_err * x.peak_flux_err),
        before_flux = trap.merged_mean(
            n.before_weight, coalesce(n.before_flux, 0), 1 / (x.peak_flux_err * x.peak_flux_err), x.peak_flux
        )
    from pg_temp.resolved_pair as p
    inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
    inner join trap_data.image as founding on trap.image_of(p.source_id) = founding.image_id
    where
        n.source_id = p.source_id
        and founding.taken_at > v_image.taken_at and founding.band_id = v_image.band_id and founding.stokes = v_image.stokes;
    return v_count;
end;
$$;
comment on function trap.add_backfill is
'Adds the forced fits that were copied in for an image after its own time step; returns how many.';
