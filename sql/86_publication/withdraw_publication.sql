-- Takes back that a data set is published: it may change again, or go. Its citable name stays, as withdrawn, and is not used again.
-- reads: nothing
-- writes: trap_data.publication
create function trap.withdraw_publication(p_dataset text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_citable_name text;
begin
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), v_dataset_id);
    update trap_data.publication as p
    set withdrawn_at = now()
    where p.dataset_id = v_dataset_id and p.withdrawn_at is null
    returning p.citable_name into v_citable_name;
    if not found then
        raise exception 'data set "%" is not published', p_dataset using errcode = 'TR003';
    end if;
    return v_citable_name;
end;
$$;
comment on function trap.withdraw_publication is
'Withdraws what a data set was published as, so that it may change again; returns the citable name, which stays used up.';
