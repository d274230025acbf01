-- The figures on which a definition can set bounds, in the order of their views: those of the variability of a source in a band, those of
-- its discovery there, and those that compare it with the field. A figure of truth counts as 1 or 0.
-- reads: the system catalogue
create view trap.definition_column as
select
    listed.column_name,
    substring(listed.said from '\[([^]]+)\]') as unit,
    regexp_replace(listed.said, ' \[[^]]+\]', '') as meaning
from (
    select 1 as place, f.number, a.attname::text as column_name, col_description(a.attrelid, a.attnum) as said
    from unnest(array[
        'n', 'int_flux_mean', 'int_flux_weighted_mean', 'v_int', 'eta_int', 'eta_int_significance', 'peak_flux_mean',
        'peak_flux_weighted_mean', 'v_peak', 'eta_peak', 'eta_peak_significance', 'n_blind', 'duty_cycle', 'monitored',
        'snr_max', 'peak_flux_max', 'peak_flux_max_err', 'max_significance', 'rest_eta', 'rest_eta_significance',
        'modulation_int', 'modulation_peak', 'eta_int_probability', 'eta_peak_probability', 'trend', 'trend_err',
        'trend_significance', 'trend_scaled_significance'
    ]) with ordinality as f (name, number)
    inner join pg_catalog.pg_attribute as a on a.attrelid = 'trap.variability'::regclass and f.name = a.attname
    union all
    select 2, f.number, a.attname::text, col_description(a.attrelid, a.attnum)
    from unnest(array[
        'limiting_rms_min', 'limiting_rms_max', 'detection_threshold', 'peak_flux', 'margin_best', 'margin_worst',
        'peak_flux_err', 'local_limit', 'margin_local', 'covering_images', 'edge_beams', 'siblings', 'before_n', 'before_flux',
        'before_significance'
    ]) with ordinality as f (name, number)
    inner join pg_catalog.pg_attribute as a on a.attrelid = 'trap.new_source'::regclass and f.name = a.attname
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
comment on column trap.definition_column.meaning is 'What it says.';
