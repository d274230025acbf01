-- Stores what a user says of a source, in the place of what the same user said of it, of the same measurement or of the whole, before.
-- reads: trap_data.source, trap_data.dataset, trap_data.image
-- writes: trap_data.label
create function trap.store_label(
    p_source_id bigint, p_rating text, p_class text, p_tags text[], p_note text, p_epoch timestamptz, p_user text, p_withdrawn boolean
) returns bigint
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
    v_user constant text := coalesce(p_user, session_user);
    v_before bigint[];
    v_label_id bigint;
begin
    if v_user = '' or length(v_user) > 200 then
        raise exception 'a user''s name has 1 to 200 characters' using errcode = 'TR004';
    end if;
    perform from trap_data.source as s where s.dataset_id = v_dataset_id and s.source_id = p_source_id;
    if not found then
        raise exception 'there is no source %: trap.running_catalogue lists them', p_source_id using errcode = 'TR002';
    end if;
    perform from trap_data.image as i
    where i.dataset_id = v_dataset_id and i.taken_at = p_epoch and i.status = 'accepted';
    if p_epoch is not null and not found then
        raise exception 'the data set of source % has no image of %: leave the epoch out to label the source as a whole', p_source_id, p_epoch
        using errcode = 'TR004';
    end if;
    -- a second label of the same user waits here for the first
    perform pg_advisory_xact_lock(hashtext('trapdb label'), hashtext(v_user));
    select array_agg(l.label_id) into v_before
    from trap.labels_of(p_source_id) as l
    where l.user_name = v_user and l.epoch is not distinct from p_epoch;
    if p_withdrawn and v_before is null then
        raise exception '% has given source % no label%', v_user, p_source_id,
        case when p_epoch is null then ' as a whole' else ' at ' || p_epoch end using errcode = 'TR004';
    end if;
    insert into trap_data.label (
        user_name, ra, dec, ra_err, dec_err, pos, monitored, epoch, dataset_name, dataset_id, source_id, source_name,
        rating, object_class, tags, note, withdrawn
    )
    select
        v_user, s.ra, s.dec, s.ra_err, s.dec_err, spoint(radians(s.ra), radians(s.dec)), s.monitored, p_epoch, d.name, d.dataset_id,
        s.source_id, s.name, p_rating, p_class, coalesce(p_tags, '{}'), p_note, p_withdrawn
    from trap_data.source as s
    inner join trap_data.dataset as d on s.dataset_id = d.dataset_id
    where s.dataset_id = v_dataset_id and s.source_id = p_source_id
    returning label_id into v_label_id;
    update trap_data.label as l set superseded_by = v_label_id where l.label_id = any(v_before);
    return v_label_id;
end;
$$;
comment on function trap.store_label is
'Stores a label of a source, or a withdrawal, in the place of what the same user said before. Returns its id.';
