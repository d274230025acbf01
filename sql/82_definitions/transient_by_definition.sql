-- The transients by a definition, of one data set or of all, one after the other: one row a source and band, with the figures by which it
-- may be judged. The definition's conditions become bounds that are known when the query is planned: a line whose column has no bounds
-- folds away, and with it the column and the join that brings it. So there is a line for each row of definition_column, whose names
-- are those of the views: SQL that is not put together when it runs has to name what it may leave out.
-- reads: trap.definition_condition, trap.dataset, trap.variability, trap.new_source, trap.running_catalogue, trap.searched_image,
--   trap.reference_counterpart, trap.reference_flux, trap.reference_absent_most, trap.source_label, trap.polarised_source,
--   trap.source_classification, trap.image
-- writes: nothing
create function trap.transient_by_definition(
    p_name text, p_dataset text default null, p_source_ids bigint[] default null, p_conditions jsonb default null
)
returns table (
    dataset text, source_id bigint, name text, ra double precision, "dec" double precision, band_id bigint, stokes text,
    n integer, n_blind integer, int_flux_mean double precision, v_int double precision, eta_int double precision,
    eta_int_significance double precision, eta_int_field_sigma double precision, v_int_field_sigma double precision,
    other_band_significance double precision, snr_max real, peak_flux_max double precision, max_significance double precision,
    rest_eta_significance double precision, eta_peak_significance double precision, trend_significance double precision,
    margin_worst double precision, margin_local double precision, before_significance double precision, siblings integer,
    noise_chance double precision, first_seen timestamptz, last_seen timestamptz
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_bounds jsonb;
    v_class_bounds jsonb;
    v_contradicts boolean;
    v_is_named boolean;
    v_only_dataset_id integer;
    v_dataset_id integer;
    v_elements double precision;
    v_source_ids bigint[];
    v_band_ids bigint[];
    v_stokes text[];
    v_eta_sigmas double precision[];
    v_v_sigmas double precision[];
begin
    if p_conditions is not null then
        perform trap.require_conditions('the query', p_conditions);
    end if;
    -- of several bounds on one side the tightest holds, and nothing is two things at once
    select jsonb_object_agg(b.column_name, b.bounds), coalesce(bool_or(b.contradicts), false), coalesce(bool_or(b.is_named), false)
    into v_bounds, v_contradicts, v_is_named
    from (
        select
            c.column_name, jsonb_object_agg(c.comparison, c.value) as bounds, bool_or(c.contradicts) as contradicts,
            bool_or(c.is_named) as is_named
        from (
            select
                d.column_name, d.comparison,
                coalesce(
                    to_jsonb(case when d.comparison in ('<', '<=') then min(d.value) else max(d.value) end), to_jsonb(max(d.text_value))
                ) as value,
                d.comparison = '=' and (min(d.value) < max(d.value) or min(d.text_value) <> max(d.text_value)) is true as contradicts,
                bool_or(d.is_named) as is_named
            from (
                select n.column_name, n.comparison, n.value, n.text_value, true as is_named
                from trap.definition_condition as n
                where n.name = p_name
                union all
                select
                    a.condition ->> 'column', a.condition ->> 'comparison',
                    case when jsonb_typeof(a.condition -> 'value') = 'number' then (a.condition ->> 'value')::double precision end,
                    case when jsonb_typeof(a.condition -> 'value') = 'string' then a.condition ->> 'value' end, false
                from jsonb_array_elements(p_conditions) as a (condition)
            ) as d
            group by d.column_name, d.comparison
        ) as c
        group by c.column_name
    ) as b;
    if p_name is null and p_conditions is null then
        raise exception 'neither a definition nor conditions are given: transients are what fulfils one or the other' using errcode = 'TR004';
    elsif v_is_named is distinct from (p_name is not null) then
        raise exception 'there is no definition of transients named "%": `trapdb definition list` and trap.transient_definition list them', p_name
        using errcode = 'TR004';
    end if;
    -- there are as many of these as there are classes
    v_class_bounds := (select jsonb_object_agg(b.key, b.value) from jsonb_each(v_bounds) as b where b.key like 'probability\_%');
    if v_contradicts then
        return;
    end if;
    if p_dataset is not null then
        v_only_dataset_id := trap.dataset_id_of(p_dataset);
    end if;

    for v_dataset_id in
        select d.dataset_id from trap.dataset as d
        where v_only_dataset_id is null or d.dataset_id = v_only_dataset_id
        order by d.dataset_id
    loop
        -- light curves of Stokes I alone are not read to find that nothing in them is polarised
        continue when
            v_bounds ?| array['circular_fraction', 'circular_significance', 'linear_over_i', 'polarisation_change_significance']
            and not exists (select from trap.image as i where i.dataset_id = v_dataset_id and i.stokes <> 'I');
        v_elements := null;
        if v_bounds ? 'noise_chance' then
            v_elements := (select sum(i.signs * i.elements) from trap.searched_image as i where i.dataset_id = v_dataset_id);
        end if;

        select
            array_agg(g.of_source_id), array_agg(g.of_band_id), array_agg(g.of_stokes),
            array_agg(case when v_bounds ? 'eta_int_field_sigma' then g.eta_int_field_sigma end),
            array_agg(case when v_bounds ? 'v_int_field_sigma' then g.v_int_field_sigma end)
        into v_source_ids, v_band_ids, v_stokes, v_eta_sigmas, v_v_sigmas
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
                select v.*, trap.noise_chance(trap.noise_peaks(v_elements, v.snr_max)) as noise_chance
                from trap.variability as v
                where v.dataset_id = v_dataset_id and (p_source_ids is null or v.source_id = any(p_source_ids))
                -- makes columns of the expressions, without which "within" is not inlined
                offset 0
            ) as f
            -- "distinct on" tells the planner that there is one row at most: it may leave out the join
            left join (
                select distinct on (w.source_id) w.*
                from trap.new_source as w
                where w.dataset_id = v_dataset_id
            ) as n on f.source_id = n.source_id and f.band_id = n.band_id and f.stokes = n.stokes
            left join (
                select distinct on (u.band_id, u.stokes) u.*
                from trap.field_variability(v_dataset_id) as u
            ) as usual on f.band_id = usual.band_id and f.stokes = usual.stokes
            left join (
                select distinct on (w.source_id) w.*
                from trap.reference_counterpart as w
                where w.dataset_id = v_dataset_id
            ) as known on f.source_id = known.source_id
            left join (
                select distinct on (w.source_id, w.band_id, w.stokes) w.*
                from trap.reference_flux as w
                where w.dataset_id = v_dataset_id
            ) as flux on f.source_id = flux.source_id and f.band_id = flux.band_id and f.stokes = flux.stokes
            left join (
                select distinct on (w.source_id, w.band_id, w.stokes) w.*
                from trap.reference_absent_most as w
                where w.dataset_id = v_dataset_id
            ) as absent on f.source_id = absent.source_id and f.band_id = absent.band_id and f.stokes = absent.stokes
            left join (
                select distinct on (w.source_id) w.*
                from trap.source_label as w
                where w.dataset_id = v_dataset_id
            ) as said on f.source_id = said.source_id
            left join (
                select distinct on (w.source_id, w.band_id, w.stokes) w.*
                from trap.polarised_source as w
                where w.dataset_id = v_dataset_id and (p_source_ids is null or w.source_id = any(p_source_ids))
            ) as turned on f.source_id = turned.source_id and f.band_id = turned.band_id and f.stokes = turned.stokes
            left join (
                select distinct on (w.source_id) w.*
                from trap.source_classification as w
                where w.dataset_id = v_dataset_id and (p_source_ids is null or w.source_id = any(p_source_ids))
            ) as believed on f.source_id = believed.source_id
            where
                trap.within(f.n, v_bounds -> 'n')
                and trap.within(f.int_flux_mean, v_bounds -> 'int_flux_mean')
                and trap.within(f.int_flux_weighted_mean, v_bounds -> 'int_flux_weighted_mean')
                and trap.within(f.v_int, v_bounds -> 'v_int')
                and trap.within(f.eta_int, v_bounds -> 'eta_int')
                and trap.within(f.eta_int_significance, v_bounds -> 'eta_int_significance')
                and trap.within(f.peak_flux_mean, v_bounds -> 'peak_flux_mean')
                and trap.within(f.peak_flux_weighted_mean, v_bounds -> 'peak_flux_weighted_mean')
                and trap.within(f.v_peak, v_bounds -> 'v_peak')
                and trap.within(f.eta_peak, v_bounds -> 'eta_peak')
                and trap.within(f.eta_peak_significance, v_bounds -> 'eta_peak_significance')
                and trap.within(f.n_blind, v_bounds -> 'n_blind')
                and trap.within(f.duty_cycle, v_bounds -> 'duty_cycle')
                and trap.within(f.monitored::integer, v_bounds -> 'monitored')
                and trap.within(f.snr_max, v_bounds -> 'snr_max')
                and trap.within(f.peak_flux_max, v_bounds -> 'peak_flux_max')
                and trap.within(f.peak_flux_max_err, v_bounds -> 'peak_flux_max_err')
                and trap.within(f.max_significance, v_bounds -> 'max_significance')
                and trap.within(f.rest_eta, v_bounds -> 'rest_eta')
                and trap.within(f.rest_eta_significance, v_bounds -> 'rest_eta_significance')
                and trap.within(f.modulation_int, v_bounds -> 'modulation_int')
                and trap.within(f.modulation_peak, v_bounds -> 'modulation_peak')
                and trap.within(f.eta_int_probability, v_bounds -> 'eta_int_probability')
                and trap.within(f.eta_peak_probability, v_bounds -> 'eta_peak_probability')
                and trap.within(f.trend, v_bounds -> 'trend')
                and trap.within(f.trend_err, v_bounds -> 'trend_err')
                and trap.within(f.trend_significance, v_bounds -> 'trend_significance')
                and trap.within(f.trend_scaled_significance, v_bounds -> 'trend_scaled_significance')
                and trap.within(f.noise_chance, v_bounds -> 'noise_chance')
            offset 0
        ) as g
        where
            trap.within(g.limiting_rms_min, v_bounds -> 'limiting_rms_min')
            and trap.within(g.limiting_rms_max, v_bounds -> 'limiting_rms_max')
            and trap.within(g.detection_threshold, v_bounds -> 'detection_threshold')
            and trap.within(g.peak_flux, v_bounds -> 'peak_flux')
            and trap.within(g.margin_best, v_bounds -> 'margin_best')
            and trap.within(g.margin_worst, v_bounds -> 'margin_worst')
            and trap.within(g.peak_flux_err, v_bounds -> 'peak_flux_err')
            and trap.within(g.local_limit, v_bounds -> 'local_limit')
            and trap.within(g.margin_local, v_bounds -> 'margin_local')
            and trap.within(g.covering_images, v_bounds -> 'covering_images')
            and trap.within(g.edge_beams, v_bounds -> 'edge_beams')
            and trap.within(g.siblings, v_bounds -> 'siblings')
            and trap.within(g.before_n, v_bounds -> 'before_n')
            and trap.within(g.before_flux, v_bounds -> 'before_flux')
            and trap.within(g.before_significance, v_bounds -> 'before_significance')
            and trap.within(g.eta_int_field_sigma, v_bounds -> 'eta_int_field_sigma')
            and trap.within(g.v_int_field_sigma, v_bounds -> 'v_int_field_sigma')
            and trap.within(g.reference_count, v_bounds -> 'reference_count')
            and trap.within(g.reference_separation_arcsec, v_bounds -> 'reference_separation_arcsec')
            and trap.within(g.reference_chance, v_bounds -> 'reference_chance')
            and trap.within(g.reference_reliability, v_bounds -> 'reference_reliability')
            and trap.is_word(g.reference_class, v_bounds -> 'reference_class')
            and trap.within(g.reference_flux_ratio, v_bounds -> 'reference_flux_ratio')
            and trap.within(g.reference_flux_significance, v_bounds -> 'reference_flux_significance')
            and trap.within(g.reference_absent_factor, v_bounds -> 'reference_absent_factor')
            and trap.within(g.reference_absent_significance, v_bounds -> 'reference_absent_significance')
            and trap.is_word(g.label_rating, v_bounds -> 'label_rating')
            and trap.is_word(g.label_class, v_bounds -> 'label_class')
            and trap.within(g.circular_fraction, v_bounds -> 'circular_fraction')
            and trap.within(g.circular_significance, v_bounds -> 'circular_significance')
            and trap.within(g.linear_over_i, v_bounds -> 'linear_over_i')
            and trap.within(g.polarisation_change_significance, v_bounds -> 'polarisation_change_significance')
            and trap.within(g.class_novelty, v_bounds -> 'class_novelty')
            and (v_class_bounds is null or trap.within_classes(g.probabilities, g.probability_artefact, v_class_bounds));

        -- in most time steps nothing is found, and nothing else need be looked at
        continue when v_source_ids is null;
        if v_elements is null then
            v_elements := (select sum(i.signs * i.elements) from trap.searched_image as i where i.dataset_id = v_dataset_id);
        end if;
        return query
        select
            s.dataset, s.source_id, s.name, s.ra, s.dec, v.band_id, v.stokes,
            v.n, v.n_blind, v.int_flux_mean, v.v_int, v.eta_int, v.eta_int_significance, p.eta_sigma, p.v_sigma,
            other.significance, v.snr_max, v.peak_flux_max, v.max_significance, v.rest_eta_significance, v.eta_peak_significance,
            v.trend_significance, n.margin_worst, n.margin_local, n.before_significance, n.siblings,
            trap.noise_chance(trap.noise_peaks(v_elements, v.snr_max)), s.first_seen, s.last_seen
        from unnest(v_source_ids, v_band_ids, v_stokes, v_eta_sigmas, v_v_sigmas) as p (source_id, band_id, stokes, eta_sigma, v_sigma)
        inner join trap.variability as v
            on v.dataset_id = v_dataset_id and p.source_id = v.source_id and p.band_id = v.band_id and p.stokes = v.stokes
        inner join trap.running_catalogue as s on s.dataset_id = v_dataset_id and p.source_id = s.source_id
        left join trap.new_source as n
            on n.dataset_id = v_dataset_id and p.source_id = n.source_id and p.band_id = n.band_id and p.stokes = n.stokes
        cross join lateral (
            select max(o.eta_int_significance) as significance
            from trap.variability as o
            where o.dataset_id = v_dataset_id and o.source_id = p.source_id and (o.band_id, o.stokes) <> (p.band_id, p.stokes)
        ) as other
        where trap.within(other.significance, v_bounds -> 'other_band_significance')
        order by v.max_significance desc nulls last, v.source_id, v.band_id, v.stokes;
    end loop;
end;
$$;
comment on function trap.transient_by_definition is
'The sources that fulfil a definition of trap.transient_definition, in one data set or, without a name, in each of the archive; of '
'these sources or, without ids, of all; with conditions beside it, in the form of trap.store_definition, those that fulfil them, too, and '
'without a name these alone. One row a source, band and Stokes parameter, those whose brightest point stands out most first. '
'Columns as in trap.variability, trap.new_source and trap.definition_column; the figures of the field are computed only if the definition asks for them.';
