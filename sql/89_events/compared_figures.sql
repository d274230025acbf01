-- What is known of sources by comparison: with reference catalogues, by what people and classifiers say of them, of Stokes parameters with
-- each other, and with their field, if what is usual in it is given. In pieces, so that nothing is planned of what a data set has not.
-- reads: trap_data.dataset_reference, trap_data.label, trap.reference_counterpart, trap.reference_flux, trap.reference_absent_most,
--   trap.source_label, trap.polarised_source, trap_data.image_leakage, trap_data.classification, trap.source_classification
-- writes: nothing
create function trap.compared_figures(p_dataset_id integer, p_source_ids bigint[], p_usual jsonb)
returns table (source_id bigint, band_id bigint, stokes text, figures jsonb)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
begin
    if exists (select from trap_data.dataset_reference as r where r.dataset_id = p_dataset_id) then
        return query
        select
            c.source_id, null::bigint, null::text,
            jsonb_build_object(
                'reference_count', c.reference_count, 'reference_separation_arcsec', c.reference_separation_arcsec,
                'reference_chance', c.reference_chance, 'reference_reliability', c.reference_reliability,
                'reference_class', c.reference_class
            )
        from trap.reference_counterpart as c
        where c.dataset_id = p_dataset_id and c.source_id = any(p_source_ids);
        return query
        select
            f.source_id, f.band_id, f.stokes,
            jsonb_build_object(
                'reference_flux_ratio', f.reference_flux_ratio, 'reference_flux_significance', f.reference_flux_significance
            )
        from trap.reference_flux as f
        where f.dataset_id = p_dataset_id and f.source_id = any(p_source_ids);
        return query
        select
            a.source_id, a.band_id, a.stokes,
            jsonb_build_object(
                'reference_absent_factor', a.reference_absent_factor, 'reference_absent_significance', a.reference_absent_significance
            )
        from trap.reference_absent_most as a
        where a.dataset_id = p_dataset_id and a.source_id = any(p_source_ids);
    end if;
    if exists (select from trap_data.label) then
        return query
        select l.source_id, null::bigint, null::text, jsonb_build_object('label_rating', l.label_rating, 'label_class', l.label_class)
        from trap.source_label as l
        where l.dataset_id = p_dataset_id and l.source_id = any(p_source_ids);
    end if;
    if exists (select from trap_data.image_leakage as k where trap.is_in_dataset(k.image_id, p_dataset_id)) then
        return query
        select
            t.source_id, t.band_id, t.stokes,
            jsonb_build_object(
                'circular_fraction', t.circular_fraction, 'circular_significance', t.circular_significance,
                'linear_over_i', t.linear_over_i, 'polarisation_change_significance', t.polarisation_change_significance
            )
        from trap.polarised_source as t
        where t.dataset_id = p_dataset_id and t.source_id = any(p_source_ids);
    end if;
    if exists (select from trap_data.classification as c where c.dataset_id = p_dataset_id) then
        return query
        select
            c.source_id, null::bigint, null::text,
            (
                select jsonb_object_agg('probability_' || p.key, p.value)
                from jsonb_each(c.probabilities) as p
            ) || jsonb_build_object(
                'probability_artefact', c.probability_artefact, 'class_novelty', c.novelty, 'object_class', c.object_class,
                'class_probability', c.probability,
                'classifier', c.classifier, 'classifier_digest', c.digest
            )
        from trap.source_classification as c
        where c.dataset_id = p_dataset_id and c.source_id = any(p_source_ids);
    end if;
    if p_usual is not null then
        return query
        select
            f.source_id, f.band_id, f.stokes,
            jsonb_build_object('eta_int_field_sigma', f.eta_int_field_sigma, 'v_int_field_sigma', f.v_int_field_sigma)
        from trap.field_figures(p_dataset_id, p_source_ids, p_usual) as f;
    end if;
end;
$$;
comment on function trap.compared_figures is
'The figures of sources by comparison with reference catalogues, of Stokes parameters with each other, with their field if what is '
'usual there is given, by labels and by the active classifier, by name; those of a source as a whole without band and Stokes parameter.';
