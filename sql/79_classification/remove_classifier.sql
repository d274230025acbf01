-- Removes a classifier, and with it all that it said.
-- reads: nothing
-- writes: trap_data.classifier, trap_data.classification
create function trap.remove_classifier(p_name text) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_digest bytea;
    v_removed bigint;
begin
    delete from trap_data.classifier as k where k.name = p_name returning k.digest into v_digest;
    if not found then
        raise exception 'there is no classifier "%": `trapdb classify list` lists those that there are', p_name using errcode = 'TR004';
    end if;
    delete from trap_data.classification as c where c.model_digest = v_digest;
    get diagnostics v_removed = row_count;
    return v_removed;
end;
$$;
comment on function trap.remove_classifier is 'Removes a classifier and all that it said; returns of how many sources and times that was.';
