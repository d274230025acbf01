-- Adds a class that labels may have, or changes what is said of one.
-- reads: nothing
-- writes: trap_data.label_class
create function trap.add_label_class(p_class text, p_description text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if (p_class ~ '^[a-z][a-z0-9_]{0,62}$') is not true then
        raise exception 'a class cannot be named "%": expected a lower-case letter, then lower-case letters, digits and underscores, 63 at most',
        p_class using errcode = 'TR004';
    elsif coalesce(p_description, '') = '' then
        raise exception 'the class "%" has no description: say what is meant by it', p_class using errcode = 'TR004';
    end if;
    insert into trap_data.label_class (object_class, description)
    values (p_class, p_description)
    on conflict (object_class) do update set description = excluded.description;
end;
$$;
comment on function trap.add_label_class is 'Adds a class that labels may have, or changes its description.';
