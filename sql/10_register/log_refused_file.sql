-- Records a file that could not become an image.
-- reads: nothing
-- writes: trap_data.run_log
create function trap.log_refused_file(p_run_id bigint, p_path text, p_reason text, p_detail text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into trap_data.run_log (run_id, path, reason, detail) values (p_run_id, p_path, p_reason, p_detail);
end;
$$;
comment on function trap.log_refused_file is 'Records a file that could not become an image, with the reason.';
