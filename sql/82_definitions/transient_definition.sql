-- The definitions of transients by which trap.transient_by_definition can ask: those that come with trapdb and those that users stored.
-- reads: trap.built_in_definition, trap.definition_condition, trap_data.transient_definition
create view trap.transient_definition as
select
    d.name, d.description, d.owner, d.ready_made, d.stored_at,
    (
        select string_agg(
            format('%s %s %s', c.column_name, c.comparison, coalesce(c.value::text, quote_literal(c.text_value))),
            ' and ' order by c.number
        )
        from trap.definition_condition as c
        where d.name = c.name
    ) as conditions
from (
    select r.name, r.description, null as owner, true as ready_made, null::timestamptz as stored_at
    from trap.built_in_definition as r
    union all
    select t.name, t.description, t.owner, false, t.stored_at
    from trap_data.transient_definition as t
) as d;
comment on view trap.transient_definition is 'The definitions of transients, ready-made and stored, evaluated when asked.';
comment on column trap.transient_definition.name is 'Name. {meta.id;meta.main principal}';
comment on column trap.transient_definition.description is 'What it is for. {meta.note principal}';
comment on column trap.transient_definition.owner is
'User who stored it, and may replace or delete it; NULL for a ready-made one. {meta.id;meta.curation}';
comment on column trap.transient_definition.ready_made is 'Whether it comes with trapdb. {meta.code}';
comment on column trap.transient_definition.stored_at is 'When it was stored; NULL for a ready-made one. {time.creation}';
comment on column trap.transient_definition.conditions is 'What has to hold, in words of SQL. {meta.query principal}';
