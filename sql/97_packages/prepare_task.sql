-- Keeps what was made of a task before it is begun, so that it is the same at every attempt.
-- reads: nothing
-- writes: trap_data.job
create function trap.prepare_task(p_job_id uuid, p_token bigint, p_prepared jsonb) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update trap_data.job as j
    set prepared = p_prepared
    where
        j.job_id = p_job_id and j.token = p_token and j.state = 'running'
        -- said again where the answer was lost
        and (j.prepared is null or j.prepared = p_prepared);
    return found;
end;
$$;
comment on function trap.prepare_task is
'Keeps what is prepared of a task, once; returns whether it still was the worker''s who has this token, and nothing else was kept before.';
