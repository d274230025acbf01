-- Refuses to change a data set that is published.
-- reads: trap_data.publication
-- writes: nothing
create function trap.require_unpublished(p_dataset_id integer) returns void
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_citable_name text;
begin
    select p.citable_name into v_citable_name
    from trap_data.publication as p
    where p.dataset_id = p_dataset_id and p.withdrawn_at is null;
    if found then
        raise exception 'the data set is published as "%" and does not change any more', v_citable_name
        using errcode = 'TR006', hint = 'Ingest or reassociate into another data set; trapdb dataset withdraw takes the publication back.';
    end if;
end;
$$;
comment on function trap.require_unpublished is 'Refuses (TR006) to change a data set that is published.';
