-- Finishes the call of a responder: its packages are stored in the same transaction, if the call still is its worker's.
-- reads: trap_data.job
-- writes: trap_data.package
create function trap.finish_response(p_job_id uuid, p_token bigint, p_packages jsonb, p_note text default null) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_call jsonb;
    v_packages bigint[];
begin
    select j.payload into v_call
    from trap_data.job as j
    where j.job_id = p_job_id and j.token = p_token and j.state = 'running' and j.queue = 'response'
    for update;
    if not found then
        return false;
    end if;
    select array_agg(
        trap.add_package((v_call ->> 'event_id')::bigint, v_call ->> 'responder', p.number::integer - 1, p.package) order by p.number
    ) into v_packages
    from jsonb_array_elements(p_packages) with ordinality as p (package, number);
    return trap.finish_job(
        p_job_id, p_token, jsonb_strip_nulls(jsonb_build_object('packages', v_packages, 'note', p_note)), array_remove(array[p_note], null)
    );
end;
$$;
comment on function trap.finish_response is
'Says which packages a responder made of an event, or why none; they are stored if the call still was the worker''s who has this token, and it is returned whether it was.';
