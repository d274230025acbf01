-- The tasks of a package.
-- reads: trap_data.job
-- writes: nothing
create function trap.tasks_of(p_package_id bigint) returns setof trap_data.job
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query select j.* from trap_data.job as j where j.package_id = p_package_id order by j.task;
end;
$$;
comment on function trap.tasks_of is 'The tasks of a package: its jobs in the queue, in the order of their numbers.';
