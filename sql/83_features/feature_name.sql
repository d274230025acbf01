-- The features in the order in which models take them, and what a model may know. How often, how long and how brightly a source was
-- observed tells of the survey, and not of what the source is: a model that is taught this finds its own survey again.
-- reads: trap.column_description
create view trap.feature_name as
select
    row_number() over (order by d.column_index)::integer as place, d.column_name as name, d.unit, d.meaning,
    d.column_name in (
        'n', 'n_blind', 'n_forced', 'span_days', 'before_n', 'after_n', 'peak_flux', 'peak_flux_err', 'median_flux', 'weighted_mean',
        'weighted_mean_err'
    ) as of_survey,
    d.column_name = any(c.proargnames) as of_curve
from trap.column_description as d
cross join pg_catalog.pg_proc as c
where
    d.schema_name = 'trap' and d.view_name = 'feature' and d.column_name not in ('dataset', 'dataset_id', 'source_id', 'band_id', 'stokes')
    and c.oid = 'trap.curve_features'::regproc;
comment on view trap.feature_name is 'The features in the order in which models take them.';
comment on column trap.feature_name.place is 'Its place in the order, from 1. {meta.record principal}';
comment on column trap.feature_name.name is 'Name of the column in trap.feature. {meta.id;meta.main principal}';
comment on column trap.feature_name.unit is
'Its unit: 1 for a pure number, sigma for standard errors; NULL for a count. {meta.unit principal}';
comment on column trap.feature_name.meaning is 'What it means. {meta.note principal}';
comment on column trap.feature_name.of_survey is
'Whether it tells how the source was observed, or how far it is, rather than what it is: models leave it out. {meta.code}';
comment on column trap.feature_name.of_curve is
'Whether it follows from the light curve alone, so that trap.curve_features has it of any curve. {meta.code}';
