-- The features of some sources of one data set: as they are now or, with an image, as they were known then.
-- reads: trap.feature, trap.epoch_feature
-- writes: nothing
create function trap.features_of(p_source_ids bigint[], p_known_image_id bigint default null) returns setof trap.feature
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- light curves are sorted where they are, not in files
set work_mem = '64MB'
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_ids[1]);
begin
    if exists (select from unnest(p_source_ids) as s (source_id) where trap.dataset_of_source(s.source_id) <> v_dataset_id) then
        raise exception 'features of sources of several data sets: ask for one data set at a time' using errcode = 'TR004';
    end if;
    if p_known_image_id is null then
        return query
        select f.*
        from trap.feature as f
        where f.dataset_id = v_dataset_id and f.source_id = any(p_source_ids);
    else
        return query
        select
            f.dataset, f.dataset_id, f.source_id, f.band_id, f.stokes, f.n, f.n_blind, f.n_forced, f.span_days, f.before_n, f.after_n,
            f.peak_flux, f.peak_flux_err, f.median_flux, f.weighted_mean, f.weighted_mean_err, f.duty_cycle, f.n_episodes, f.snr_max,
            f.snr_min, f.negative_share, f.negative_ratio, f.contrast, f.peak_over_median, f.v, f.modulation, f.eta,
            f.eta_significance, f.robust_scatter, f.max_significance, f.rest_eta_significance, f.peak_chi_share, f.trend_significance,
            f.jump_significance, f.skewness, f.quartile_skewness, f.range_skewness, f.lag_correlation, f.structure_1, f.structure_2,
            f.structure_4, f.structure_8, f.runs_significance, f.half_share, f.half_days, f.rise_days, f.decay_days, f.rise_share,
            f.limit_before, f.limit_after, f.third_share, f.unfound_share, f.high_share,
            f.high_runs, f.low_share, f.low_runs, f.level_share, f.level_place, f.brightness_temperature, f.size_beams, f.siblings, f.de_ruiter_rms, f.near_bright_share,
            f.edge_share, f.blended_share, f.spectral_index, f.spectral_index_err, f.spectral_change_significance, f.v_over_i,
            f.n_ancestors, f.reference_count
        from trap.epoch_feature as f
        where f.dataset_id = v_dataset_id and f.known_image_id = p_known_image_id and f.source_id = any(p_source_ids);
    end if;
end;
$$;
comment on function trap.features_of is
'The features of some sources of one data set, as they are now or as they were known at an image; columns as in trap.feature. A source '
'that was not known has no row.';
