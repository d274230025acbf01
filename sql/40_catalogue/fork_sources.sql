-- Makes the branches of the sources that fork. A branch begins with its parent's running sums, in every band, and inherits the
-- parent's light curve up to this image through source_ancestry; no light-curve point is copied.
-- reads: pg_temp.resolved_pair, trap_data.measurement
-- writes: trap_data.source, trap_data.source_flux, trap_data.source_ancestry
create function trap.fork_sources(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
begin
    perform from pg_temp.resolved_pair as p where p.parent_id is not null;
    if not found then
        return;
    end if;

    -- from the few forks to their rows by index, one after the other: "offset 0" leaves the planner no other way
    insert into trap_data.source (
        dataset_id, source_id, name, ra, dec, ra_err, dec_err, pos, reference_ra, reference_dec,
        weight_l, weighted_l, weight_m, weighted_m, n_blind, n_forced, forced_steps, last_forced_image_id,
        first_seen, last_seen, last_blind_image_id, monitored, shape_weight, shape_ll, shape_lm, shape_mm
    )
    select
        v_dataset_id, p.source_id, trap.iau_name(m.ra, m.dec), s.ra, s.dec, s.ra_err, s.dec_err, s.pos,
        s.reference_ra, s.reference_dec, s.weight_l, s.weighted_l, s.weight_m, s.weighted_m, s.n_blind, s.n_forced,
        s.forced_steps, s.last_forced_image_id, s.first_seen, s.last_seen, s.last_blind_image_id, false,
        s.shape_weight, s.shape_ll, s.shape_lm, s.shape_mm
    from pg_temp.resolved_pair as p
    cross join lateral (
        select parent.* from trap_data.source as parent where parent.dataset_id = v_dataset_id and parent.source_id = p.parent_id offset 0
    ) as s
    cross join lateral (
        select founding.ra, founding.dec
        from trap_data.measurement as founding
        where founding.dataset_id = v_dataset_id and founding.measurement_id = p.measurement_id
        offset 0
    ) as m
    where p.parent_id is not null
    order by p.source_id;

    insert into trap_data.source_flux (
        dataset_id, source_id, band_id, stokes, n, int_mean, int_m2, int_weight, int_weighted_mean, int_weighted_m2,
        peak_mean, peak_m2, peak_weight, peak_weighted_mean, peak_weighted_m2, n_blind, snr_max, int_variance_sum, peak_variance_sum,
        peak_max, peak_max_err, max_measurement_id, time_mean, time_m2, time_peak
    )
    select
        v_dataset_id, p.source_id, f.band_id, f.stokes, f.n,
        f.int_mean, f.int_m2, f.int_weight, f.int_weighted_mean, f.int_weighted_m2,
        f.peak_mean, f.peak_m2, f.peak_weight, f.peak_weighted_mean, f.peak_weighted_m2,
        f.n_blind, f.snr_max, f.int_variance_sum, f.peak_variance_sum,
        f.peak_max, f.peak_max_err, f.max_measurement_id, f.time_mean, f.time_m2, f.time_peak
    from pg_temp.resolved_pair as p
    cross join lateral (
        select sums.* from trap_data.source_flux as sums where sums.dataset_id = v_dataset_id and sums.source_id = p.parent_id offset 0
    ) as f
    where p.parent_id is not null
    order by p.source_id, f.band_id, f.stokes;

    -- the parent itself, and what the parent inherited
    insert into trap_data.source_ancestry (dataset_id, source_id, ancestor_id, until_image_id)
    select v_dataset_id, p.source_id, p.parent_id, p_image_id
    from pg_temp.resolved_pair as p
    where p.parent_id is not null
    union all
    select v_dataset_id, p.source_id, a.ancestor_id, a.until_image_id
    from pg_temp.resolved_pair as p
    cross join lateral (
        select inherited.* from trap_data.source_ancestry as inherited where inherited.source_id = p.parent_id offset 0
    ) as a
    where p.parent_id is not null;
end;
$$;
comment on function trap.fork_sources is 'Makes the branches of the sources that fork in an image.';
