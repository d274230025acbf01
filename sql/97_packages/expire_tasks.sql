-- Ends tasks whose deadline has passed while they were held, or waited.
-- reads: nothing
-- writes: trap_data.job
create function trap.expire_tasks(p_most integer) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_job trap_data.job%rowtype;
    v_count integer := 0;
begin
    for v_job in
        select j.*
        from trap_data.job as j
        where j.deadline < clock_timestamp() and j.state in ('held', 'blocked', 'waiting')
        order by j.package_id, j.task
        limit p_most
        for update skip locked
    loop
        -- one that waited for another of these may be given up already
        if exists (
            select from trap_data.job as j where j.job_id = v_job.job_id and j.state in ('held', 'blocked', 'waiting')
        ) then
            perform trap.end_unbegun(v_job);
            v_count := v_count + 1;
        end if;
    end loop;
    return v_count;
end;
$$;
comment on function trap.expire_tasks is 'Ends tasks whose deadline has passed, no more than so many; returns their number.';
