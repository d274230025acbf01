-- Begins a watch in a data set where that is now: what fulfils it is stored, and wakes nobody; nor does what a replay finds up to there.
-- reads: trap_data.dataset, trap_data.image
-- writes: trap_data.watch_start, pg_temp.happening
create function trap.start_watch(p_watch_id integer, p_dataset_id integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_last_taken_at timestamptz;
    v_last_image_id bigint;
begin
    select d.last_taken_at into v_last_taken_at from trap_data.dataset as d where d.dataset_id = p_dataset_id;
    if v_last_taken_at is null then
        return;
    end if;
    select max(i.image_id) into v_last_image_id
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.status = 'accepted' and i.taken_at = v_last_taken_at;
    insert into trap_data.watch_start (watch_id, dataset_id, taken_at) values (p_watch_id, p_dataset_id, v_last_taken_at);
    perform trap.create_happening_table();
    insert into pg_temp.happening (watch_id, kind, source_id, band_id, stokes, announced)
    select f.watch_id, 'initial', f.source_id, f.band_id, f.stokes, false
    from trap.watched_source(p_dataset_id, array[p_watch_id]) as f;
    perform from trap.write_events(p_dataset_id, v_last_taken_at, v_last_image_id);
end;
$$;
comment on function trap.start_watch is 'Begins a watch in a data set where that is now: what fulfils it by then is no news.';
