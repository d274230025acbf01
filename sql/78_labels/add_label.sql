-- Labels a source, or a measurement of it: what the same user said before stays in the history.
-- reads: trap_data.label_class
-- writes: trap_data.label
create function trap.add_label(
    p_source_id bigint, p_rating text default null, p_class text default null, p_tags text[] default null, p_note text default null,
    p_epoch timestamptz default null, p_user text default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_note constant text := nullif(p_note, '');
    v_tag text;
begin
    if num_nonnulls(p_rating, p_class, v_note) = 0 and coalesce(cardinality(p_tags), 0) = 0 then
        raise exception 'a label says something: give a rating, a class, tags or a note' using errcode = 'TR004';
    elsif (p_rating in ('real', 'artefact', 'unsure')) is false then
        raise exception '"%" is no rating: expected real, artefact or unsure', p_rating using errcode = 'TR004';
    elsif length(v_note) > 5000 then
        raise exception 'a note has 5000 characters at most, and this one has %', length(v_note) using errcode = 'TR004';
    end if;
    perform from trap_data.label_class as c where c.object_class = p_class;
    if p_class is not null and not found then
        raise exception 'there is no class "%": trap.label_class lists them, and administrators add to them', p_class using errcode = 'TR004';
    end if;
    foreach v_tag in array coalesce(p_tags, '{}')
    loop
        if (v_tag ~ '^[^\s,]([^,]{0,58}[^\s,])?$') is not true then
            raise exception 'a tag cannot be "%": expected up to 60 characters, without commas and without blanks at the ends', v_tag
            using errcode = 'TR004';
        end if;
    end loop;
    return trap.store_label(
        p_source_id, p_rating, p_class, (select array_agg(distinct t.tag order by t.tag) from unnest(p_tags) as t (tag)), v_note, p_epoch,
        p_user, false
    );
end;
$$;
comment on function trap.add_label is
'Labels a source: rating (real, artefact, unsure), class (one of trap.label_class), tags and a note, any of which may be left out; of the '
'source as a whole, or of its measurement at an epoch (UTC). What the same user said of it before stays in trap.label_history. The user is '
'the login, unless a service names another one. Returns the id of the label.';
