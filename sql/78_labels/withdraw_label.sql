-- Takes back what a user said of a source: that is a row of its own, and the history stays.
-- reads: nothing
-- writes: trap_data.label
create function trap.withdraw_label(
    p_source_id bigint, p_note text default null, p_epoch timestamptz default null, p_user text default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if length(p_note) > 5000 then
        raise exception 'a note has 5000 characters at most, and this one has %', length(p_note) using errcode = 'TR004';
    end if;
    return trap.store_label(p_source_id, null, null, null, nullif(p_note, ''), p_epoch, p_user, true);
end;
$$;
comment on function trap.withdraw_label is
'Takes back the label that a user gave a source as a whole, or at an epoch (UTC), with a note if wanted. Returns the id of the row that '
'says so.';
