-- What is usual in a field, of which all is read: in the order in which it lies, whatever the caller has set. Read once a time step, and
-- handed on as one value.
-- reads: nothing (but by way of trap.field_variability)
-- writes: nothing
create function trap.usual_variability(p_dataset_id integer) returns jsonb
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = on
as $$
begin
    return coalesce((select jsonb_agg(to_jsonb(u)) from trap.field_variability(p_dataset_id) as u), '[]');
end;
$$;
comment on function trap.usual_variability is
'What trap.field_variability tells of a data set, as an array of objects.';
