-- Fits the leakage of the images of the open time step, when all their points are there.
-- reads: pg_temp.seen
-- writes: trap_data.image_leakage
create function trap.fit_leakage() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step constant record := trap.require_time_step();
    v_count integer;
begin
    insert into trap_data.image_leakage
    select r.*
    from trap.recomputed_leakage(
        v_step.dataset_id, v_step.first_image_id, array(select distinct s.source_id from pg_temp.seen as s)
    ) as r;
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;
comment on function trap.fit_leakage is
'Fits the leakage of the images of Q, U and V of the open time step, once all of its points are added; returns how many images.';
