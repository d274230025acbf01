-- The conditions of all definitions, ready-made and stored: one row a condition, all of those of a definition have to hold.
-- reads: trap.built_in_definition, trap_data.transient_condition
create view trap.definition_condition as
select d.name, c.number::integer as number, c.condition ->> 'column' as column_name, c.condition ->> 'comparison' as comparison,
    case when jsonb_typeof(c.condition -> 'value') = 'number' then (c.condition ->> 'value')::double precision end as value,
    case when jsonb_typeof(c.condition -> 'value') = 'string' then c.condition ->> 'value' end as text_value
from trap.built_in_definition as d
cross join lateral jsonb_array_elements(d.conditions) with ordinality as c (condition, number)
union all
select s.definition_name, s.number, s.column_name, s.comparison, s.value, s.text_value
from trap_data.transient_condition as s;
comment on view trap.definition_condition is 'The conditions of all definitions of transients, ready-made and stored; all of them have to hold.';
comment on column trap.definition_condition.name is 'Definition. {meta.id principal}';
comment on column trap.definition_condition.number is 'Number of the condition in its definition, from 1. {meta.record principal}';
comment on column trap.definition_condition.column_name is 'Figure that is compared, one of trap.definition_column. {meta.id principal}';
comment on column trap.definition_condition.comparison is '>=, >, <=, < or =. {meta.code principal}';
comment on column trap.definition_condition.value is
'What it is compared with, in the unit of the column [as the column]. {stat.value principal}';
comment on column trap.definition_condition.text_value is 'What it is compared with, if it is a text. {meta.note}';
