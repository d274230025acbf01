-- The figures on which a definition can set bounds, in the order of their views: those of the variability of a source in a band, those of
-- its discovery there, and those that compare it with the field. A figure of truth counts as 1 or 0.
-- A column that is added to one of these views is here at once, and transient_by_definition needs a line for it.
-- reads: the system catalogue
create view trap.definition_column as
select
    listed.column_name,
    substring(listed.said from '\[([^]]+)\]') as unit,
    regexp_replace(listed.said, ' \[[^]]+\]', '') as meaning
from (
    select v.place, a.attnum::integer as number, a.attname::text as column_name, col_description(a.attrelid, a.attnum) as said
    from (values (1, 'trap.variability'::regclass), (2, 'trap.new_source'::regclass)) as v (place, view_oid)
    inner join pg_catalog.pg_attribute as a on v.view_oid = a.attrelid
    -- all but what says of which source, band and image they are
    where a.attname not in ('dataset', 'dataset_id', 'source_id', 'band_id', 'stokes', 'max_measurement_id', 'limiting_image_id')
    union all
    values
    (3, 1, 'eta_int_field_sigma', 'How far log10 eta_int lies above the mean of the field, in its standard deviations [sigma].'),
    (3, 2, 'v_int_field_sigma', 'How far log10 v_int lies above the mean of the field, in its standard deviations [sigma].'),
    (3, 3, 'other_band_significance', 'Largest eta_int_significance of the source in its other bands and Stokes parameters [sigma].'),
    (3, 4, 'noise_chance', 'Chance that noise makes a detection as bright as its brightest in all images of the data set together [1].')
) as listed
order by listed.place, listed.number;
comment on view trap.definition_column is 'The figures on which a definition of transients can set bounds.';
comment on column trap.definition_column.column_name is 'Name, as in conditions.';
comment on column trap.definition_column.unit is 'Unit in which it is compared; NULL for a count.';
comment on column trap.definition_column.meaning is 'The meaning of the column.';
