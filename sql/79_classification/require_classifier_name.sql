-- Refuses a name that no classifier can have, or that one has: before minutes of training, and when it is stored.
-- reads: trap_data.classifier
-- writes: nothing
create function trap.require_classifier_name(p_name text) returns void
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if (p_name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$') is not true then
        raise exception 'a classifier cannot be named "%": expected letters, digits, points, dashes and underscores, 63 at most', p_name
        using errcode = 'TR004';
    end if;
    if exists (select from trap_data.classifier as k where k.name = p_name) then
        raise exception 'there is a classifier "%": give another name, or remove it (trapdb classify remove)', p_name
        using errcode = 'TR004';
    end if;
end;
$$;
comment on function trap.require_classifier_name is 'Refuses a name that no classifier can have, or that there is already.';
