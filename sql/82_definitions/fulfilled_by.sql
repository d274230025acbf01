-- The sources of a data set that are within the bounds of a definition: of these sources or of all (NULL). Bounds are by column as
-- trap.within has them, and known when the query is planned: a line whose column has no bounds folds away, and with it the column and the
-- join that brings it. So there is a line for each row of definition_column, whose names are those of the views: SQL that is not put
-- together when it runs has to name what it may leave out.
-- A function of its own that returns rows, since of statements within functions only what returns all of its rows may have a parallel plan.
-- reads: trap.variability, trap.new_source, trap.reference_counterpart, trap.reference_flux, trap.reference_absent_most,
--   trap.source_label, trap.polarised_source, trap.source_classification
-- writes: nothing
create function trap.fulfilled_by(
    p_dataset_id integer, p_bounds jsonb, p_class_bounds jsonb, p_elements double precision, p_source_ids bigint[]
)
returns table (
    source_id bigint, band_id bigint, stokes text, eta_int_field_sigma double precision, v_int_field_sigma double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- every source is reckoned with: short questions, for which the settings of the server are, are of few of them
set parallel_setup_cost = 1000
as $$
begin
    return query
    select
        g.of_source_id, g.of_band_id, g.of_stokes,
        case when p_bounds ? 'eta_int_field_sigma' then g.eta_int_field_sigma end,
        case when p_bounds ? 'v_int_field_sigma' then g.v_int_field_sigma end
    from (
        select
            f.source_id as of_source_id, f.band_id as of_band_id, f.stokes as of_stokes, n.*,
            (log(nullif(f.eta_int, 0)) - usual.log_eta_mean) / nullif(usual.log_eta_sigma, 0) as eta_int_field_sigma,
            (log(nullif(greatest(0, f.v_int), 0)) - usual.log_v_mean) / nullif(usual.log_v_sigma, 0) as v_int_field_sigma,
            coalesce(known.reference_count, 0) as reference_count, known.reference_separation_arcsec, known.reference_chance,
            known.reference_reliability, known.reference_class, flux.reference_flux_ratio, flux.reference_flux_significance,
            absent.reference_absent_factor, absent.reference_absent_significance, said.label_rating, said.label_class,
            turned.circular_fraction, turned.circular_significance, turned.linear_over_i, turned.polarisation_change_significance,
            believed.probabilities, believed.probability_artefact, believed.novelty as class_novelty
        from (
            select v.*, trap.noise_chance(trap.noise_peaks(p_elements, v.snr_max)) as noise_chance
            from trap.variability as v
            where v.dataset_id = p_dataset_id and (p_source_ids is null or v.source_id = any(p_source_ids))
            -- Makes columns of the expressions, without which "within" is not inlined. A plain 0 is still to be cast when it is decided what
            -- workers may do, and then they may only read.
            offset bigint '0'
        ) as f
        -- "distinct on" tells the planner that there is one row at most: it may leave out the join
        left join (
            select distinct on (w.source_id) w.*
            from trap.new_source as w
            where w.dataset_id = p_dataset_id
        ) as n on f.source_id = n.source_id and f.band_id = n.band_id and f.stokes = n.stokes
        left join (
            select distinct on (u.band_id, u.stokes) u.*
            from trap.field_variability(p_dataset_id) as u
        ) as usual on f.band_id = usual.band_id and f.stokes = usual.stokes
        left join (
            select distinct on (w.source_id) w.*
            from trap.reference_counterpart as w
            where w.dataset_id = p_dataset_id
        ) as known on f.source_id = known.source_id
        left join (
            select distinct on (w.source_id, w.band_id, w.stokes) w.*
            from trap.reference_flux as w
            where w.dataset_id = p_dataset_id
        ) as flux on f.source_id = flux.source_id and f.band_id = flux.band_id and f.stokes = flux.stokes
        left join (
            select distinct on (w.source_id, w.band_id, w.stokes) w.*
            from trap.reference_absent_most as w
            where w.dataset_id = p_dataset_id
        ) as absent on f.source_id = absent.source_id and f.band_id = absent.band_id and f.stokes = absent.stokes
        left join (
            select distinct on (w.source_id) w.*
            from trap.source_label as w
            where w.dataset_id = p_dataset_id
        ) as said on f.source_id = said.source_id
        left join (
            select distinct on (w.source_id, w.band_id, w.stokes) w.*
            from trap.polarised_source as w
            where w.dataset_id = p_dataset_id and (p_source_ids is null or w.source_id = any(p_source_ids))
        ) as turned on f.source_id = turned.source_id and f.band_id = turned.band_id and f.stokes = turned.stokes
        left join (
            select distinct on (w.source_id) w.*
            from trap.source_classification as w
            where w.dataset_id = p_dataset_id and (p_source_ids is null or w.source_id = any(p_source_ids))
        ) as believed on f.source_id = believed.source_id
        where
            trap.within(f.n, p_bounds -> 'n')
            and trap.within(f.int_flux_mean, p_bounds -> 'int_flux_mean')
            and trap.within(f.int_flux_weighted_mean, p_bounds -> 'int_flux_weighted_mean')
            and trap.within(f.v_int, p_bounds -> 'v_int')
            and trap.within(f.eta_int, p_bounds -> 'eta_int')
            and trap.within(f.eta_int_significance, p_bounds -> 'eta_int_significance')
            and trap.within(f.peak_flux_mean, p_bounds -> 'peak_flux_mean')
            and trap.within(f.peak_flux_weighted_mean, p_bounds -> 'peak_flux_weighted_mean')
            and trap.within(f.v_peak, p_bounds -> 'v_peak')
            and trap.within(f.eta_peak, p_bounds -> 'eta_peak')
            and trap.within(f.eta_peak_significance, p_bounds -> 'eta_peak_significance')
            and trap.within(f.n_blind, p_bounds -> 'n_blind')
            and trap.within(f.duty_cycle, p_bounds -> 'duty_cycle')
            and trap.within(f.monitored::integer, p_bounds -> 'monitored')
            and trap.within(f.snr_max, p_bounds -> 'snr_max')
            and trap.within(f.peak_flux_max, p_bounds -> 'peak_flux_max')
            and trap.within(f.peak_flux_max_err, p_bounds -> 'peak_flux_max_err')
            and trap.within(f.max_significance, p_bounds -> 'max_significance')
            and trap.within(f.rest_eta, p_bounds -> 'rest_eta')
            and trap.within(f.rest_eta_significance, p_bounds -> 'rest_eta_significance')
            and trap.within(f.modulation_int, p_bounds -> 'modulation_int')
            and trap.within(f.modulation_peak, p_bounds -> 'modulation_peak')
            and trap.within(f.eta_int_probability, p_bounds -> 'eta_int_probability')
            and trap.within(f.eta_peak_probability, p_bounds -> 'eta_peak_probability')
            and trap.within(f.trend, p_bounds -> 'trend')
            and trap.within(f.trend_err, p_bounds -> 'trend_err')
            and trap.within(f.trend_significance, p_bounds -> 'trend_significance')
            and trap.within(f.trend_scaled_significance, p_bounds -> 'trend_scaled_significance')
            and trap.within(f.noise_chance, p_bounds -> 'noise_chance')
        offset bigint '0'
    ) as g
    where
        trap.within(g.limiting_rms_min, p_bounds -> 'limiting_rms_min')
        and trap.within(g.limiting_rms_max, p_bounds -> 'limiting_rms_max')
        and trap.within(g.detection_threshold, p_bounds -> 'detection_threshold')
        and trap.within(g.peak_flux, p_bounds -> 'peak_flux')
        and trap.within(g.margin_best, p_bounds -> 'margin_best')
        and trap.within(g.margin_worst, p_bounds -> 'margin_worst')
        and trap.within(g.peak_flux_err, p_bounds -> 'peak_flux_err')
        and trap.within(g.local_limit, p_bounds -> 'local_limit')
        and trap.within(g.margin_local, p_bounds -> 'margin_local')
        and trap.within(g.covering_images, p_bounds -> 'covering_images')
        and trap.within(g.edge_beams, p_bounds -> 'edge_beams')
        and trap.within(g.siblings, p_bounds -> 'siblings')
        and trap.within(g.before_n, p_bounds -> 'before_n')
        and trap.within(g.before_flux, p_bounds -> 'before_flux')
        and trap.within(g.before_significance, p_bounds -> 'before_significance')
        and trap.within(g.eta_int_field_sigma, p_bounds -> 'eta_int_field_sigma')
        and trap.within(g.v_int_field_sigma, p_bounds -> 'v_int_field_sigma')
        and trap.within(g.reference_count, p_bounds -> 'reference_count')
        and trap.within(g.reference_separation_arcsec, p_bounds -> 'reference_separation_arcsec')
        and trap.within(g.reference_chance, p_bounds -> 'reference_chance')
        and trap.within(g.reference_reliability, p_bounds -> 'reference_reliability')
        and trap.is_word(g.reference_class, p_bounds -> 'reference_class')
        and trap.within(g.reference_flux_ratio, p_bounds -> 'reference_flux_ratio')
        and trap.within(g.reference_flux_significance, p_bounds -> 'reference_flux_significance')
        and trap.within(g.reference_absent_factor, p_bounds -> 'reference_absent_factor')
        and trap.within(g.reference_absent_significance, p_bounds -> 'reference_absent_significance')
        and trap.is_word(g.label_rating, p_bounds -> 'label_rating')
        and trap.is_word(g.label_class, p_bounds -> 'label_class')
        and trap.within(g.circular_fraction, p_bounds -> 'circular_fraction')
        and trap.within(g.circular_significance, p_bounds -> 'circular_significance')
        and trap.within(g.linear_over_i, p_bounds -> 'linear_over_i')
        and trap.within(g.polarisation_change_significance, p_bounds -> 'polarisation_change_significance')
        and trap.within(g.class_novelty, p_bounds -> 'class_novelty')
        and (p_class_bounds is null or trap.within_classes(g.probabilities, g.probability_artefact, p_class_bounds));
end;
$$;
comment on function trap.fulfilled_by is
'The sources of a data set, by band and Stokes parameter, that are within the bounds of a definition, with how far they lie outside of what '
'is usual in the field [sigma] where it asks for that; of these sources or, without ids, of all.';
