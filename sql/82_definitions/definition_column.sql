-- The figures on which a definition can set bounds, in the order of their views: those of the variability of a source in a band, those of
-- its discovery there, those that compare it with the field, those of its counterparts in reference catalogues, what people say of it, and
-- its polarisation, and what the active classifier says. A figure of truth counts as 1 or 0.
-- A column that is added to one of these views is here at once, and transient_by_definition needs a line for it.
-- reads: trap.column_description, trap.label_class, trap.classifier
create view trap.definition_column as
select listed.column_name, listed.unit, listed.meaning, listed.column_name in ('reference_class', 'label_rating', 'label_class') as is_text
from (
    select v.place, d.column_index as number, d.column_name, d.unit, d.meaning
    from (values (1, 'variability'), (2, 'new_source')) as v (place, view_name)
    inner join trap.column_description as d on v.view_name = d.view_name and d.schema_name = 'trap'
    -- all but what says of which source, band and image they are
    where
        d.column_name not in (
            'dataset', 'dataset_id', 'source_id', 'band_id', 'stokes', 'either_sign', 'max_measurement_id', 'limiting_image_id'
        )
    union all
    values
    (3, 1, 'eta_int_field_sigma', 'sigma', 'How far log10 eta_int lies above the mean of the field, in its standard deviations.'),
    (3, 2, 'v_int_field_sigma', 'sigma', 'How far log10 v_int lies above the mean of the field, in its standard deviations.'),
    (3, 3, 'other_band_significance', 'sigma', 'Largest eta_int_significance of the source in its other bands and Stokes parameters.'),
    (3, 4, 'noise_chance', '1', 'Chance that noise makes a detection as bright as its brightest in all images of the data set together.'),
    (4, 1, 'reference_count', null, 'Reference catalogues with flux densities at a radio frequency in which it has a counterpart.'),
    (4, 2, 'reference_separation_arcsec', 'arcsec', 'Distance of its most reliable counterpart in a reference catalogue.'),
    (4, 3, 'reference_chance', '1', 'Chance that an unrelated source of that catalogue lies as near.'),
    (4, 4, 'reference_reliability', '1', 'Probability that the counterpart is the same source.'),
    (4, 5, 'reference_class', null, 'Class of the most reliable counterpart that has one.'),
    (4, 6, 'reference_flux_ratio', '1', 'Flux density over that of the counterpart in the catalogue that is nearest in frequency.'),
    (4, 7, 'reference_flux_significance', 'sigma', 'How far that ratio lies from 1 beyond what spectral indices make of it.'),
    (4, 8, 'reference_absent_factor', '1', 'By how much it exceeds the flux limit of a catalogue that should have it and has not.'),
    (4, 9, 'reference_absent_significance', 'sigma', 'By how many errors it does.'),
    (5, 1, 'label_rating', null, 'Latest rating that people gave the source: real, artefact or unsure.'),
    (5, 2, 'label_class', null, 'Latest class that people gave the source.'),
    (6, 1, 'circular_fraction', '1', 'In Stokes V: share of I that V has beyond leakage, without the sign.'),
    (6, 2, 'circular_significance', 'sigma', 'In Stokes V: how significant that is, in one time step or over all.'),
    (6, 3, 'linear_over_i', '1', 'In Stokes I: linearly polarised share of I, debiased.'),
    (6, 4, 'polarisation_change_significance', 'sigma', 'In Stokes Q, U and V: how far its share of I changes beyond errors and leakage.'),
    (7, 1, 'probability_artefact', '1', 'Probability that it is an artefact, by the active classifier.'),
    (7, 2, 'class_novelty', '1', 'How unlike what the active classifier was trained on it is; 1: as the farthest per cent.')
    union all
    select
        7 as place, 2 + row_number() over (order by known.object_class)::integer as number,
        'probability_' || known.object_class as column_name, '1'::text as unit,
        'Probability of the class ' || known.object_class || ', by the active classifier.' as meaning
    from (
        select l.object_class from trap.label_class as l
        union
        select string_to_table(k.classes, ' ') as object_class from trap.classifier as k
    ) as known
    where known.object_class <> 'artefact'
) as listed
order by listed.place, listed.number;
comment on view trap.definition_column is 'The figures on which a definition of transients can set bounds.';
comment on column trap.definition_column.column_name is 'Name, as in conditions. {meta.id;meta.main principal}';
comment on column trap.definition_column.unit is 'Unit in which it is compared; NULL for a count. {meta.unit principal}';
comment on column trap.definition_column.meaning is 'The meaning of the column. {meta.note principal}';
comment on column trap.definition_column.is_text is
'Whether it is a word, which is compared by = with another one, rather than a number. {meta.code}';
