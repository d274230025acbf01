-- Stores a definition of transients, or replaces one that one may change: conditions as a JSON array of objects with column, comparison,
-- value.
-- reads: trap.built_in_definition
-- writes: trap_data.transient_definition, trap_data.transient_condition
create function trap.store_definition(p_name text, p_description text, p_conditions jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_owner text;
begin
    if p_name is null or p_name !~ '^[a-z][a-z0-9_]{0,62}$' then
        raise exception 'a definition cannot be named "%": expected a lower-case letter, then lower-case letters, digits and underscores, '
        '63 at most', p_name using errcode = 'TR004';
    elsif exists (select from trap.built_in_definition as r where r.name = p_name) then
        raise exception 'the definition "%" comes with trapdb and cannot be replaced: choose another name', p_name using errcode = 'TR004';
    elsif p_description is null then
        raise exception 'the definition "%" has no description: say what it is for', p_name using errcode = 'TR004';
    end if;
    perform trap.require_conditions(format('the definition "%s"', p_name), p_conditions);
    -- a second one that stores the same name waits here for the first
    insert into trap_data.transient_definition (name, description, owner)
    values (p_name, p_description, session_user)
    on conflict (name) do nothing;
    select d.owner into v_owner from trap_data.transient_definition as d where d.name = p_name for update;
    if not trap.may_change_definition(v_owner) then
        raise exception 'the definition "%" belongs to %: choose another name', p_name, v_owner using errcode = 'TR004';
    end if;
    update trap_data.transient_definition as d
    set description = p_description, stored_at = now()
    where d.name = p_name;
    delete from trap_data.transient_condition as c where c.definition_name = p_name;
    insert into trap_data.transient_condition (definition_name, number, column_name, comparison, value, text_value)
    select
        p_name, c.number, c.condition ->> 'column', c.condition ->> 'comparison',
        case when jsonb_typeof(c.condition -> 'value') = 'number' then (c.condition ->> 'value')::double precision end,
        case when jsonb_typeof(c.condition -> 'value') = 'string' then c.condition ->> 'value' end
    from jsonb_array_elements(p_conditions) with ordinality as c (condition, number);
end;
$$;
comment on function trap.store_definition is
'Stores a definition of transients, or replaces it if it is one''s own, or, for operators, a rater''s: its conditions, all of which have to hold, are an array of '
'{"column": one of trap.definition_column, "comparison": ">=", ">", "<=", "<" or "=", "value": a number in the unit of the column, or a word}.';
