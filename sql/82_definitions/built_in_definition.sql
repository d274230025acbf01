-- The definitions that come with trapdb. Their conditions are in the form in which store_definition takes them.
-- reads: nothing
create view trap.built_in_definition as
select definition.name, definition.description, definition.conditions::jsonb as conditions
from (
    values
    (
        'variable',
        'varies significantly, and more than is usual in its field: eta and V above the field''s own log-normal distributions',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "eta_int_significance", "comparison": ">=", "value": 5},
          {"column": "eta_int_field_sigma", "comparison": ">=", "value": 3},
          {"column": "v_int_field_sigma", "comparison": ">=", "value": 3}]'
    ),
    (
        'single_epoch',
        -- a blend whose parts are told apart in some images only jumps too, but is found more than once
        'bright once: one point stands out above all others, which are steady and were measured by force',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "n", "comparison": ">=", "value": 2},
          {"column": "n_blind", "comparison": "<=", "value": 1},
          {"column": "max_significance", "comparison": ">=", "value": 5},
          {"column": "rest_eta_significance", "comparison": "<", "value": 5}]'
    ),
    (
        'appearing',
        'was not there: at its discovery it stands above what was measured at its place in the images before',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "before_significance", "comparison": ">=", "value": 4}]'
    ),
    (
        'fading',
        'fades steadily, rather than that it flickers',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "n", "comparison": ">=", "value": 4},
          {"column": "trend_significance", "comparison": "<=", "value": -5},
          {"column": "trend_scaled_significance", "comparison": "<=", "value": -3}]'
    ),
    (
        'multi_band',
        'varies in this band and in another one',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "eta_int_significance", "comparison": ">=", "value": 4},
          {"column": "other_band_significance", "comparison": ">=", "value": 4}]'
    ),
    (
        'monitored_change',
        'a monitored position whose flux varies',
        '[{"column": "monitored", "comparison": "=", "value": 1},
          {"column": "eta_peak_significance", "comparison": ">=", "value": 5}]'
    ),
    (
        'new_to_reference',
        'unknown: no radio catalogue has it, although one that covers the place, and is deep enough, should',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "reference_count", "comparison": "=", "value": 0},
          {"column": "reference_absent_factor", "comparison": ">=", "value": 1},
          {"column": "reference_absent_significance", "comparison": ">=", "value": 4}]'
    ),
    (
        'known_variable_star',
        'a catalogue says that there is a variable star, and it is no chance that it lies as near',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "reference_class", "comparison": "=", "value": "variable star"},
          {"column": "reference_chance", "comparison": "<=", "value": 0.01}]'
    ),
    (
        'circular',
        'circularly polarised beyond what leakage makes of it: pulsars, flaring stars and planets are, and few other sources',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "circular_fraction", "comparison": ">=", "value": 0.03},
          {"column": "circular_significance", "comparison": ">=", "value": 5}]'
    ),
    (
        'polarisation_change',
        'its share of Stokes Q, U or V in I changes in time, beyond errors and leakage',
        '[{"column": "monitored", "comparison": "=", "value": 0},
          {"column": "polarisation_change_significance", "comparison": ">=", "value": 5}]'
    )
) as definition (name, description, conditions);
comment on view trap.built_in_definition is 'The definitions of transients that come with trapdb.';
comment on column trap.built_in_definition.name is 'Name. {meta.id;meta.main principal}';
comment on column trap.built_in_definition.description is 'What it is for. {meta.note principal}';
comment on column trap.built_in_definition.conditions is
'Conditions, all of which have to hold: column, comparison and value of each. {meta.query}';
