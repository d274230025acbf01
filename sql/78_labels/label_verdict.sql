-- What people say of one source as a whole, for a list of few: planned for its place alone.
-- reads: trap.label
-- writes: nothing
create function trap.label_verdict(p_source_id bigint, out label_rating text, out label_class text)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    select
        (array_agg(l.rating order by l.label_id desc) filter (where l.rating is not null))[1],
        (array_agg(l.object_class order by l.label_id desc) filter (where l.object_class is not null))[1]
    into label_rating, label_class
    from trap.labels_of(p_source_id) as l
    where l.epoch is null;
end;
$$;
comment on function trap.label_verdict is 'The latest rating and the latest class that people gave a source as a whole, as in trap.source_label.';
