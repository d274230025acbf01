-- Adds points, blind or forced, to the running fluxes of their sources in the band and Stokes parameter of the image.
-- What is summed stands here twice: with what a sum begins, and how a point is added. A function that returns the merged row would have
-- it once, and costs either planning, since it is inlined anew for each column (8 ms a call instead of 0.3), or, as a subselect, twice
-- the time of the update. A new sum is a column of the table, a line in both lists here, in recomputed_flux and in subtract_fluxes, and one
-- in verify_dataset.
-- reads: pg_temp.resolved_pair, pg_temp.detection, trap_data.image
-- writes: trap_data.source_flux
create function trap.update_fluxes(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
-- as in update_positions
set enable_nestloop = off
set enable_mergejoin = off
set enable_indexscan = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
    v_band_id bigint;
    v_stokes trap_data.stokes_parameter;
    v_either_sign boolean;
    v_time double precision;
    v_blind integer;
    v_updated bigint[];
begin
    select i.band_id, i.stokes, trap.has_either_sign(i.stokes, i.signed), trap.days_since_2000(i.taken_at)
    into v_band_id, v_stokes, v_either_sign, v_time
    from trap_data.image as i
    where i.image_id = p_image_id;
    -- all points of a call are, or none is
    select (p.kind not in ('null_detection', 'monitored'))::integer into v_blind from pg_temp.resolved_pair as p limit 1;

    -- One point is a sample of its own, with nothing about its mean; two samples are merged.
    -- Cheaper than "on conflict", which locks each row before it is updated.
    with updated as (
        update trap_data.source_flux as f
        set
            n = f.n + 1,
            int_mean = trap.merged_mean(f.n, f.int_mean, 1, x.int_flux),
            int_m2 = trap.merged_m2(f.n, f.int_mean, f.int_m2, 1, x.int_flux, 0),
            int_weight = f.int_weight + x.int_weight,
            int_weighted_mean = trap.merged_mean(f.int_weight, f.int_weighted_mean, x.int_weight, x.int_flux),
            int_weighted_m2 = trap.merged_m2(f.int_weight, f.int_weighted_mean, f.int_weighted_m2, x.int_weight, x.int_flux, 0),
            peak_mean = trap.merged_mean(f.n, f.peak_mean, 1, x.peak_flux),
            peak_m2 = trap.merged_m2(f.n, f.peak_mean, f.peak_m2, 1, x.peak_flux, 0),
            peak_weight = f.peak_weight + x.peak_weight,
            peak_weighted_mean = trap.merged_mean(f.peak_weight, f.peak_weighted_mean, x.peak_weight, x.peak_flux),
            peak_weighted_m2 = trap.merged_m2(f.peak_weight, f.peak_weighted_mean, f.peak_weighted_m2, x.peak_weight, x.peak_flux, 0),
            n_blind = f.n_blind + v_blind,
            snr_max = greatest(f.snr_max, trap.brightness(v_either_sign, x.snr)::real),
            int_variance_sum = f.int_variance_sum + x.int_flux_err * x.int_flux_err,
            peak_variance_sum = f.peak_variance_sum + x.peak_flux_err * x.peak_flux_err,
            -- of equals the earliest, in whatever order they become known
            peak_max = case
                when (x.brightness, f.max_measurement_id) > (trap.brightness(v_either_sign, f.peak_max), x.measurement_id)
                    then x.peak_flux
                else f.peak_max
            end,
            peak_max_err = case
                when (x.brightness, f.max_measurement_id) > (trap.brightness(v_either_sign, f.peak_max), x.measurement_id)
                    then x.peak_flux_err
                else f.peak_max_err
            end,
            max_measurement_id = case
                when (x.brightness, f.max_measurement_id) > (trap.brightness(v_either_sign, f.peak_max), x.measurement_id)
                    then x.measurement_id
                else f.max_measurement_id
            end,
            time_mean = trap.merged_mean(f.peak_weight, f.time_mean, x.peak_weight, v_time),
            time_m2 = trap.merged_m2(f.peak_weight, f.time_mean, f.time_m2, x.peak_weight, v_time, 0),
            time_peak = trap.merged_comoment(
                f.peak_weight, f.time_mean, f.peak_weighted_mean, f.time_peak, x.peak_weight, v_time, x.peak_flux, 0
            )
        from (
            select
                p.source_id, q.measurement_id, q.int_flux, q.int_flux_err, q.peak_flux, q.peak_flux_err, q.snr,
                trap.brightness(v_either_sign, q.peak_flux) as brightness,
                1 / (q.int_flux_err * q.int_flux_err) as int_weight, 1 / (q.peak_flux_err * q.peak_flux_err) as peak_weight
            from pg_temp.resolved_pair as p
            inner join pg_temp.detection as q on p.measurement_id = q.measurement_id
            offset 0
        ) as x
        where
            f.dataset_id = v_dataset_id and f.source_id = x.source_id and f.band_id = v_band_id and f.stokes = v_stokes
            and f.source_id = any(array(select touched.source_id from pg_temp.resolved_pair as touched))
        returning f.source_id
    )

    select coalesce(array_agg(u.source_id), '{}') into v_updated
    from updated as u;
    -- in most images all sources have been measured before
    if cardinality(v_updated) = (select count(*) from pg_temp.resolved_pair) then
        return;
    end if;

    insert into trap_data.source_flux (
        dataset_id, source_id, band_id, stokes, n, int_mean, int_m2, int_weight, int_weighted_mean, int_weighted_m2,
        peak_mean, peak_m2, peak_weight, peak_weighted_mean, peak_weighted_m2, n_blind, snr_max, int_variance_sum, peak_variance_sum,
        peak_max, peak_max_err, max_measurement_id, time_mean, time_m2, time_peak, either_sign
    )
    select
        v_dataset_id, p.source_id, v_band_id, v_stokes, 1,
        x.int_flux, 0, 1 / (x.int_flux_err * x.int_flux_err), x.int_flux, 0,
        x.peak_flux, 0, 1 / (x.peak_flux_err * x.peak_flux_err), x.peak_flux, 0,
        v_blind, trap.brightness(v_either_sign, x.snr)::real, x.int_flux_err * x.int_flux_err, x.peak_flux_err * x.peak_flux_err,
        x.peak_flux, x.peak_flux_err, x.measurement_id, v_time, 0, 0, v_either_sign
    from pg_temp.resolved_pair as p
    inner join pg_temp.detection as x on p.measurement_id = x.measurement_id
    where p.source_id <> all(v_updated);
end;
$$;
comment on function trap.update_fluxes is 'Adds an image''s points, blind or forced, to the running fluxes of their sources.';
