-- The figures on which a definition can set bounds, in the order of their views: those of the variability of a source in a band, those of
-- its discovery there, and those that compare it with the field. A figure of truth counts as 1 or 0.
-- A column that is added to one of these views is here at once, and transient_by_definition needs a line for it.
-- reads: trap.column_description
create view trap.definition_column as
select listed.column_name, listed.unit, listed.meaning
from (
    select v.place, d.column_index as number, d.column_name, d.unit, d.meaning
    from (values (1, 'variability'), (2, 'new_source')) as v (place, view_name)
    inner join trap.column_description as d on v.view_name = d.view_name and d.schema_name = 'trap'
    -- all but what says of which source, band and image they are
    where
        d.column_name not in ('dataset', 'dataset_id', 'source_id', 'band_id', 'stokes', 'max_measurement_id', 'limiting_image_id')
    union all
    values
    (3, 1, 'eta_int_field_sigma', 'sigma', 'How far log10 eta_int lies above the mean of the field, in its standard deviations.'),
    (3, 2, 'v_int_field_sigma', 'sigma', 'How far log10 v_int lies above the mean of the field, in its standard deviations.'),
    (3, 3, 'other_band_significance', 'sigma', 'Largest eta_int_significance of the source in its other bands and Stokes parameters.'),
    (3, 4, 'noise_chance', '1', 'Chance that noise makes a detection as bright as its brightest in all images of the data set together.')
) as listed
order by listed.place, listed.number;
comment on view trap.definition_column is 'The figures on which a definition of transients can set bounds.';
comment on column trap.definition_column.column_name is 'Name, as in conditions. {meta.id;meta.main principal}';
comment on column trap.definition_column.unit is 'Unit in which it is compared; NULL for a count. {meta.unit principal}';
comment on column trap.definition_column.meaning is 'The meaning of the column. {meta.note principal}';
