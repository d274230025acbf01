-- Makes the key of the points that are rows anew. An index never gives pages back: when points were packed, it has those of all of them.
-- It gives up at once when somebody has the table open, and is done another time.
-- reads: nothing
-- writes: nothing
create function trap.shrink_point_key(p_dataset_id integer) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('lock_timeout', '100ms', true);
    execute format('reindex index trap_data.association_%s_pkey', p_dataset_id);
    return true;
exception when lock_not_available then
    return false;
end;
$$;
comment on function trap.shrink_point_key is
'Makes the key of the points of a data set that are rows anew, in which those that were packed leave pages; false if somebody was using it.';
