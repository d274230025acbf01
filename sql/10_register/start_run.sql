-- Records that an invocation begins to add to a data set, which is not published.
-- reads: trap_data.alembic_version, trap_data.dataset, trap_data.publication
-- writes: trap_data.pipeline_run, trap_data.dataset
create function trap.start_run(
    p_dataset_id integer, p_configuration jsonb, p_version text, p_host text, p_username text, p_command text,
    p_software jsonb
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run_id bigint;
begin
    perform trap.require_unpublished(p_dataset_id);
    update trap_data.dataset as d
    set run_count = d.run_count + 1
    where d.dataset_id = p_dataset_id
    returning trap.numbered_id(p_dataset_id, d.run_count) into v_run_id;
    if not found then
        raise exception 'there is no data set with id %', p_dataset_id using errcode = 'TR002';
    end if;
    insert into trap_data.pipeline_run (run_id, dataset_id, configuration, version, host, username, command, software)
    values (
        v_run_id, p_dataset_id, p_configuration, p_version, p_host, p_username, p_command,
        p_software || jsonb_build_object(
            'postgresql', current_setting('server_version'),
            'pgsphere', (select e.extversion from pg_extension as e where e.extname = 'pg_sphere'),
            'schema', (select a.version_num from trap_data.alembic_version as a)
        )
    );
    return v_run_id;
end;
$$;
comment on function trap.start_run is 'Records the beginning of a run, with the versions of its software, the server''s and the schema''s; returns its id.';
