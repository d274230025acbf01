-- Begins all watches in a data set that came from another database: what it has is no news.
-- reads: trap_data.watch, trap_data.dataset
-- writes: nothing
create function trap.start_watches(p_dataset text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    perform trap.start_watch(w.watch_id, v_dataset_id)
    from trap_data.watch as w
    where w.dataset_name is null or w.dataset_name = p_dataset
    order by w.watch_id;
end;
$$;
comment on function trap.start_watches is 'Begins all watches in a data set, where that is now.';
