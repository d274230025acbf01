-- Ends tasks whose deadline has passed before they were begun, and those that were taken too often and whose workers went away; package
-- by package, in the order in which all lock them.
-- reads: trap_data.job
-- writes: nothing
create function trap.expire_tasks(p_most integer) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package_id bigint;
    v_job trap_data.job%rowtype;
    v_count integer := 0;
begin
    for v_package_id in
        with late as (
            select j.package_id
            from trap_data.job as j
            where j.deadline < clock_timestamp() and j.state in ('held', 'blocked', 'waiting') and j.package_id is not null
            limit p_most
        ),

        lost as (
            select j.package_id
            from trap_data.job as j
            where
                j.queue in ('task', 'long task') and j.state = 'running' and j.lease_until < clock_timestamp()
                and (j.attempts >= j.attempts_max or j.deadline < clock_timestamp())
            limit p_most
        )

        select late.package_id from late
        union
        select lost.package_id from lost
        order by package_id
    loop
        perform trap.lock_package(v_package_id);
        -- a statement each, so that what the last one brought is seen
        loop
            select j.* into v_job
            from trap_data.job as j
            where
                j.package_id = v_package_id
                and (
                    (j.state in ('held', 'blocked', 'waiting') and j.deadline < clock_timestamp())
                    or (
                        j.state = 'running' and j.lease_until < clock_timestamp()
                        and (j.attempts >= j.attempts_max or j.deadline < clock_timestamp())
                    )
                )
            order by j.task
            limit 1;
            exit when not found;
            perform trap.end_unbegun(v_job);
            v_count := v_count + 1;
        end loop;
    end loop;
    return v_count;
end;
$$;
comment on function trap.expire_tasks is 'Ends tasks whose deadline has passed, or that were taken too often, of no more than so many of each; returns their number.';
