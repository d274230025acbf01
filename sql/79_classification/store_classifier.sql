-- Stores a classifier, which the client has examined: the database keeps its bytes and runs nothing of them.
-- reads: nothing
-- writes: trap_data.classifier
create function trap.store_classifier(
    p_name text, p_content bytea, p_feature_set integer, p_features text[], p_classes text[], p_facts jsonb
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_there text;
begin
    perform trap.require_classifier_name(p_name);
    select k.name into v_there from trap_data.classifier as k where k.digest = sha256(p_content);
    if found then
        raise exception 'there is a classifier "%", which is the same: give another name, or remove it (trapdb classify remove)', v_there
        using errcode = 'TR004';
    end if;
    insert into trap_data.classifier (name, content, digest, feature_set, features, classes, facts)
    values (p_name, p_content, sha256(p_content), p_feature_set, p_features, p_classes, p_facts);
    return encode(sha256(p_content), 'hex');
end;
$$;
comment on function trap.store_classifier is 'Stores a classifier; returns its SHA-256.';
