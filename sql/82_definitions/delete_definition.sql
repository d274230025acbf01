-- Deletes a definition of transients that a user stored: its owner may, and administrators, as trap.may_change_definition has it.
-- reads: trap_data.watch
-- writes: trap_data.transient_definition
create function trap.delete_definition(p_name text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_owner text;
    v_watch text;
begin
    select d.owner into v_owner from trap_data.transient_definition as d where d.name = p_name for update;
    if not found then
        raise exception 'there is no stored definition of transients named "%": trap.transient_definition lists them', p_name
        using errcode = 'TR004';
    elsif not trap.may_change_definition(v_owner) then
        raise exception 'the definition "%" belongs to % and is not yours to delete', p_name, v_owner using errcode = 'TR004';
    end if;
    select w.name into v_watch from trap_data.watch as w where w.definition_name = p_name order by w.name limit 1;
    if found then
        raise exception 'the watch "%" watches for the definition "%": remove that first (trapdb watch-for remove)', v_watch, p_name
        using errcode = 'TR004';
    end if;
    delete from trap_data.transient_definition as d where d.name = p_name;
end;
$$;
comment on function trap.delete_definition is 'Deletes a definition of transients that one has stored, or, for operators, a rater has.';
