-- Takes points that became known with an image or later out of the running fluxes of these sources, while they are still rows: work for
-- each such point, however long the light curves are. A sample is taken out as one of a negative weight is merged in.
-- Returns the sources whose fluxes are not what they were before, and have to be restored from the points that are left: of which the
-- brightest point goes, or so much that rounding would show. Of each sum a hundredth has to stay, on the scale on which
-- trap.verify_dataset compares it.
-- reads: nothing (but by way of trap.recomputed_flux)
-- writes: trap_data.source_flux
create function trap.subtract_fluxes(p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint) returns bigint[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    c_least constant double precision := double precision '0.01';
    v_others bigint[];
begin
    with undone as materialized (
        select r.*
        from trap.recomputed_flux(p_dataset_id, p_source_ids, p_known_image_id) as r
    ),

    gone as (
        delete from trap_data.source_flux as f
        using undone as u
        where
            f.dataset_id = p_dataset_id and f.source_id = u.source_id and f.band_id = u.band_id and f.stokes = u.stokes and f.n = u.n
        returning f.source_id, f.band_id, f.stokes
    ),

    less as (
        update trap_data.source_flux as f
        set
            n = r.n, int_mean = r.int_mean, int_m2 = r.int_m2,
            int_weight = r.int_weight, int_weighted_mean = r.int_weighted_mean, int_weighted_m2 = r.int_weighted_m2,
            peak_mean = r.peak_mean, peak_m2 = r.peak_m2,
            peak_weight = r.peak_weight, peak_weighted_mean = r.peak_weighted_mean, peak_weighted_m2 = r.peak_weighted_m2,
            n_blind = r.n_blind, int_variance_sum = r.int_variance_sum, peak_variance_sum = r.peak_variance_sum,
            time_mean = r.time_mean, time_m2 = r.time_m2, time_peak = r.time_peak
        from (
            select
                old.source_id, old.band_id, old.stokes, old.n - u.n as n, old.n_blind - u.n_blind as n_blind,
                trap.merged_mean(old.n, old.int_mean, -u.n, u.int_mean) as int_mean,
                trap.merged_m2(old.n, old.int_mean, old.int_m2, -u.n, u.int_mean, -u.int_m2) as int_m2,
                old.int_weight - u.int_weight as int_weight,
                trap.merged_mean(old.int_weight, old.int_weighted_mean, -u.int_weight, u.int_weighted_mean) as int_weighted_mean,
                trap.merged_m2(
                    old.int_weight, old.int_weighted_mean, old.int_weighted_m2, -u.int_weight, u.int_weighted_mean, -u.int_weighted_m2
                ) as int_weighted_m2,
                trap.merged_mean(old.n, old.peak_mean, -u.n, u.peak_mean) as peak_mean,
                trap.merged_m2(old.n, old.peak_mean, old.peak_m2, -u.n, u.peak_mean, -u.peak_m2) as peak_m2,
                old.peak_weight - u.peak_weight as peak_weight,
                trap.merged_mean(old.peak_weight, old.peak_weighted_mean, -u.peak_weight, u.peak_weighted_mean) as peak_weighted_mean,
                trap.merged_m2(
                    old.peak_weight, old.peak_weighted_mean, old.peak_weighted_m2,
                    -u.peak_weight, u.peak_weighted_mean, -u.peak_weighted_m2
                ) as peak_weighted_m2,
                old.int_variance_sum - u.int_variance_sum as int_variance_sum,
                old.peak_variance_sum - u.peak_variance_sum as peak_variance_sum,
                trap.merged_mean(old.peak_weight, old.time_mean, -u.peak_weight, u.time_mean) as time_mean,
                trap.merged_m2(old.peak_weight, old.time_mean, old.time_m2, -u.peak_weight, u.time_mean, -u.time_m2) as time_m2,
                trap.merged_comoment(
                    old.peak_weight, old.time_mean, old.peak_weighted_mean, old.time_peak,
                    -u.peak_weight, u.time_mean, u.peak_weighted_mean, -u.time_peak
                ) as time_peak
            from undone as u
            inner join trap_data.source_flux as old
                on old.dataset_id = p_dataset_id and u.source_id = old.source_id and u.band_id = old.band_id and u.stokes = old.stokes
            where
                old.n > u.n and old.max_measurement_id <> u.max_measurement_id
                and (u.snr_max is null or old.snr_max > u.snr_max)
                -- here, before anything is divided by what is left
                and old.int_weight - u.int_weight > c_least * old.int_weight
                and old.peak_weight - u.peak_weight > c_least * old.peak_weight
            offset 0
        ) as r
        where
            f.dataset_id = p_dataset_id and f.source_id = r.source_id and f.band_id = r.band_id and f.stokes = r.stokes
            and r.int_variance_sum > c_least * f.int_variance_sum
            and r.peak_variance_sum > c_least * f.peak_variance_sum
            and r.int_mean * r.int_mean + r.int_m2 > c_least * (f.int_mean * f.int_mean + f.int_m2)
            and r.int_weighted_m2 + r.int_weight * r.int_mean * r.int_mean
            > c_least * (f.int_weighted_m2 + f.int_weight * f.int_mean * f.int_mean)
            and r.peak_mean * r.peak_mean + r.peak_m2 > c_least * (f.peak_mean * f.peak_mean + f.peak_m2)
            and r.peak_weighted_m2 + r.peak_weight * r.peak_mean * r.peak_mean
            > c_least * (f.peak_weighted_m2 + f.peak_weight * f.peak_mean * f.peak_mean)
            and r.time_m2 + r.peak_weight > c_least * (f.time_m2 + f.peak_weight)
        returning f.source_id, f.band_id, f.stokes
    )

    select coalesce(array_agg(distinct u.source_id), '{}') into v_others
    from undone as u
    left join (select g.* from gone as g union all select l.* from less as l) as done
        on u.source_id = done.source_id and u.band_id = done.band_id and u.stokes = done.stokes
    where done.source_id is null;
    return v_others;
end;
$$;
comment on function trap.subtract_fluxes is
'Takes points that became known with an image or later out of the running fluxes of sources; returns those of which that has to be done '
'from the points that are left.';
