-- The labels of one source: those that lie as near as one may, and of these those whose source it is.
-- reads: trap.label, trap_data.label, trap_data.source, trap_data.dataset, trap_data.image
-- writes: nothing
create function trap.labels_of(p_source_id bigint) returns setof trap.label
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
    v_around scircle;
    v_label_ids bigint[];
begin
    perform from trap_data.label;
    if not found then
        return;
    end if;
    select
        scircle(
            spoint(radians(s.ra), radians(s.dec)),
            radians(least(90, coalesce(d.beam_limit * founded.beam_major / 2, 1::double precision / 3600) + 0.001 / 3600))
        )
    into v_around
    from trap_data.source as s
    inner join trap_data.dataset as d on s.dataset_id = d.dataset_id
    left join trap_data.image as founded on trap.image_of(s.source_id) = founded.image_id
    where s.dataset_id = v_dataset_id and s.source_id = p_source_id;
    select array_agg(l.label_id) into v_label_ids
    from trap_data.label as l
    where l.superseded_by is null and not l.withdrawn and l.pos <@ v_around;
    -- most sources have none, and are not to wait until the view is planned
    if v_label_ids is null then
        return;
    end if;
    return query
    select h.*
    from trap.label as h
    where h.label_id = any(v_label_ids) and h.dataset_id = v_dataset_id and h.source_id = p_source_id
    order by h.label_id desc;
end;
$$;
comment on function trap.labels_of is 'The labels of a source that hold, the latest first. Columns as in trap.label.';
