-- Locks the tasks of a package, in the order of their numbers, to change them; refuses a package that is not there.
-- reads: trap_data.job, trap_data.package
-- writes: nothing
create function trap.lock_package(p_package_id bigint) returns trap_data.package
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
begin
    perform from trap_data.job as j where j.package_id = p_package_id order by j.task for update;
    select p.* into v_package from trap_data.package as p where p.package_id = p_package_id;
    if not found then
        raise exception 'there is no package %', p_package_id using errcode = 'TR004';
    end if;
    return v_package;
end;
$$;
comment on function trap.lock_package is 'Locks the tasks of a package until the end of the transaction, and returns it; refuses one that is not there (TR004).';
