-- Stores what a classifier says of sources of one data set. What it had said at the same image stays.
-- reads: trap_data.classifier, trap_data.source, trap_data.image
-- writes: trap_data.classification
create function trap.add_classifications(
    p_name text, p_known_image_id bigint, p_source_ids bigint[], p_probabilities double precision[], p_novelty double precision[],
    p_reasons integer[], p_moved double precision[]
) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_known_image_id);
    v_classes integer;
    v_reasons constant integer := cardinality(p_reasons) / greatest(1, cardinality(p_source_ids));
    v_digest bytea;
    v_added integer;
begin
    select cardinality(k.classes), k.digest into v_classes, v_digest from trap_data.classifier as k where k.name = p_name;
    if not found then
        raise exception 'there is no classifier "%": `trapdb classify list` lists those that there are', p_name using errcode = 'TR004';
    elsif
        cardinality(p_probabilities) <> v_classes * cardinality(p_source_ids) or cardinality(p_novelty) <> cardinality(p_source_ids)
        or cardinality(p_reasons) <> v_reasons * cardinality(p_source_ids) or cardinality(p_moved) <> cardinality(p_reasons)
    then
        raise exception 'what a classifier says is not of as many sources and classes as it is told for' using errcode = 'TR004';
    end if;
    -- a rewind may have taken the image away, and with it what was known then
    perform from trap_data.image as i where i.image_id = p_known_image_id and i.status = 'accepted' for share;
    if not found then
        return 0;
    end if;
    insert into trap_data.classification (dataset_id, source_id, known_image_id, model_digest, probabilities, novelty, reasons, moved)
    select
        v_dataset_id, s.source_id, p_known_image_id, v_digest, p_probabilities[(n - 1) * v_classes + 1:n * v_classes], p_novelty[n],
        p_reasons[(n - 1) * v_reasons + 1:n * v_reasons], p_moved[(n - 1) * v_reasons + 1:n * v_reasons]
    from unnest(p_source_ids) with ordinality as told (source_id, n)
    inner join trap_data.source as s on s.dataset_id = v_dataset_id and told.source_id = s.source_id
    on conflict do nothing;
    get diagnostics v_added = row_count;
    return v_added;
end;
$$;
comment on function trap.add_classifications is
'Stores what a classifier says of sources by what was known at an image: of all sources one after the other the probabilities of its '
'classes, the novelty, the places of the features that moved the likeliest one, and by how much. Returns of how many sources it is new.';
