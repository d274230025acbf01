-- What follows for the tasks of a package, and for itself, when something of it has changed: the one place where that is decided.
-- Tasks that wait for others are let go when these are done, and given up when these come to no good; all are held while the package or
-- its responder is; and the package has ended when all of them have.
-- Whoever calls this has the locks of all its jobs (lock_package), and of none of a package after it. Who waits for locks of jobs takes
-- them in the order of packages and their tasks; who does not, passes over what is locked.
-- reads: trap_data.responder
-- writes: trap_data.job, trap_data.package
create function trap.settle_package(p_package_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
    v_states text[];
begin
    select p.* into strict v_package from trap_data.package as p where p.package_id = p_package_id for update;
    -- each round gives up what waits for what the last one did
    loop
        update trap_data.job as j
        set
            state = 'aborted', ended_at = clock_timestamp(),
            error = format('task %s, which had to be done before: %s', before.task, before.state)
        from trap_data.job as before
        where
            j.package_id = p_package_id and j.state in ('held', 'blocked') and before.package_id = p_package_id
            and before.task = any(j.after) and before.state in ('failed', 'expired', 'refused', 'aborted');
        exit when not found;
    end loop;
    if v_package.state = 'held' or exists (
        select from trap_data.responder as r where r.responder = v_package.responder and r.held
    ) then
        update trap_data.job as j
        set state = 'held'
        where j.package_id = p_package_id and j.state in ('blocked', 'waiting');
    else
        update trap_data.job as j
        set
            state = case
                when exists (
                    select from trap_data.job as before
                    where before.package_id = p_package_id and before.task = any(j.after) and before.state <> 'done'
                ) then 'blocked'
                else 'waiting'
            end,
            not_before = greatest(j.not_before, v_package.opened_at)
        where j.package_id = p_package_id and j.state in ('held', 'blocked');
    end if;
    select array_agg(distinct j.state) into v_states from trap_data.job as j where j.package_id = p_package_id;
    if v_package.ended_at is null and not v_states && array['held', 'blocked', 'waiting', 'running'] then
        update trap_data.package as p
        set
            ended_at = clock_timestamp(),
            state = case
                when v_states && array['failed', 'expired'] then 'failed'
                when 'refused' = any(v_states) then 'refused'
                when 'aborted' = any(v_states) then 'cancelled'
                else 'done'
            end
        where p.package_id = p_package_id;
    end if;
end;
$$;
comment on function trap.settle_package is 'Lets the tasks of a package go, holds them or gives them up, as what it depends on is; and ends the package with the last of them.';
