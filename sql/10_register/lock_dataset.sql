-- Whoever changes a data set calls this first: one at a time does, and nobody when it is published.
-- What is asked of the table comes after the lock, so that a publication that was waited for is seen.
-- reads: trap_data.publication
-- writes: nothing
create function trap.lock_dataset(p_dataset_id integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), p_dataset_id);
    perform trap.require_unpublished(p_dataset_id);
end;
$$;
comment on function trap.lock_dataset is
'Locks a data set until the end of the transaction, to change it; refuses one that is published (TR006).';
