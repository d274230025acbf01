-- The conditions of all definitions, ready-made and stored: one row a condition, all of those of a definition have to hold.
-- reads: trap.built_in_definition, trap_data.transient_condition
create view trap.definition_condition as
select d.name, c.number::integer as number, c.condition ->> 'column' as column_name, c.condition ->> 'comparison' as comparison,
    (c.condition ->> 'value')::double precision as value
from trap.built_in_definition as d
cross join lateral jsonb_array_elements(d.conditions) with ordinality as c (condition, number)
union all
select s.definition_name, s.number, s.column_name, s.comparison, s.value
from trap_data.transient_condition as s;
comment on view trap.definition_condition is 'The conditions of all definitions of transients, ready-made and stored; all of them have to hold.';
comment on column trap.definition_condition.name is 'Definition. {meta.id principal}';
comment on column trap.definition_condition.number is 'Number of the condition in its definition, from 1. {meta.record principal}';
comment on column trap.definition_condition.column_name is 'Figure that is compared, one of trap.definition_column. {meta.id principal}';
comment on column trap.definition_condition.comparison is '>=, >, <=, < or =. {meta.code principal}';
comment on column trap.definition_condition.value is
'What it is compared with, in the unit of the column [as the column]. {stat.value principal}';
