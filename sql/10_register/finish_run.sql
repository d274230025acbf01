-- Records how a run ended and where its time went.
-- reads: nothing
-- writes: trap_data.pipeline_run
create function trap.finish_run(p_run_id bigint, p_outcome text, p_timings jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update trap_data.pipeline_run as r
    set ended_at = clock_timestamp(), outcome = p_outcome, timings = p_timings
    where r.run_id = p_run_id;
end;
$$;
comment on function trap.finish_run is 'Records the end of a run: outcome, and seconds by stage.';
