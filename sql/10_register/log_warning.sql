-- Records what a run warns of.
-- reads: nothing
-- writes: trap_data.run_warning
create function trap.log_warning(p_run_id bigint, p_message text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into trap_data.run_warning (run_id, message) values (p_run_id, p_message);
end;
$$;
comment on function trap.log_warning is 'Records what a run warns of: a limit that does not apply, a database that went away.';
