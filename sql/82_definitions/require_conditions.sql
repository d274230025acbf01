-- Refuses what are no conditions: a JSON array of objects with column, comparison and value.
-- reads: trap.definition_column
-- writes: nothing
create function trap.require_conditions(p_of text, p_conditions jsonb) returns void
language plpgsql stable parallel safe
set search_path from current
as $$
declare
    v_condition jsonb;
    v_is_text boolean;
begin
    if jsonb_typeof(p_conditions) is distinct from 'array' or p_conditions = '[]' then
        raise exception '% has no conditions: expected an array of {"column": ..., "comparison": ..., "value": ...}', p_of
        using errcode = 'TR004';
    end if;
    for v_condition in select c.condition from jsonb_array_elements(p_conditions) as c (condition)
    loop
        select d.is_text into v_is_text from trap.definition_column as d where d.column_name = v_condition ->> 'column';
        if not found then
            raise exception '%: there is no column "%"; trap.definition_column lists those that there are', p_of, v_condition ->> 'column'
            using errcode = 'TR004';
        elsif (v_condition ->> 'comparison') in ('>=', '>', '<=', '<', '=') is not true then
            raise exception '%: "%" does not compare; expected >=, >, <=, < or = for %', p_of, v_condition ->> 'comparison',
            v_condition ->> 'column' using errcode = 'TR004';
        elsif v_is_text and v_condition ->> 'comparison' <> '=' then
            raise exception '%: % is a word; expected = rather than %', p_of, v_condition ->> 'column', v_condition ->> 'comparison'
            using errcode = 'TR004';
        elsif v_is_text and (jsonb_typeof(v_condition -> 'value') = 'string' and v_condition ->> 'value' <> '') is not true then
            raise exception '%: % is compared with %; expected a word', p_of, v_condition ->> 'column',
            coalesce((v_condition -> 'value')::text, 'nothing') using errcode = 'TR004';
        elsif not v_is_text and jsonb_typeof(v_condition -> 'value') is distinct from 'number' then
            raise exception '%: % is compared with %; expected a number', p_of, v_condition ->> 'column',
            coalesce((v_condition -> 'value')::text, 'nothing') using errcode = 'TR004';
        end if;
    end loop;
end;
$$;
comment on function trap.require_conditions is
'Refuses what are no conditions of a definition; the first argument says of what they are, for the message.';
