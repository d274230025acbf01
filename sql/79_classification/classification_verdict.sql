-- What the active classifier says of one source, for a list of few: planned for its place alone.
-- reads: trap.source_classification, trap.classifier
-- writes: nothing
create function trap.classification_verdict(
    p_source_id bigint, out object_class text, out class_probability double precision, out probability_artefact double precision,
    out class_novelty double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    -- most archives have none, and are not to wait until the view is planned
    perform from trap.classifier;
    if not found then
        return;
    end if;
    select c.object_class, c.probability, c.probability_artefact, c.novelty
    into object_class, class_probability, probability_artefact, class_novelty
    from trap.source_classification as c
    where c.dataset_id = trap.dataset_of_source(p_source_id) and c.source_id = p_source_id;
end;
$$;
comment on function trap.classification_verdict is
'What the active classifier said last of a source: the likeliest class, its probability and that of artefacts [1], and how unlike what the '
'classifier was trained on it is [1].';
