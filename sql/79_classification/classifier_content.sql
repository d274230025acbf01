-- The bytes of a classifier.
-- reads: trap_data.classifier
-- writes: nothing
create function trap.classifier_content(p_name text) returns bytea
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_content bytea;
begin
    select k.content into v_content from trap_data.classifier as k where k.name = p_name;
    if not found then
        raise exception 'there is no classifier "%": `trapdb classify list` lists those that there are', p_name using errcode = 'TR004';
    end if;
    return v_content;
end;
$$;
comment on function trap.classifier_content is 'The bytes of a classifier, as in its files.';
