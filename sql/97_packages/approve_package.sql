-- Lets a package be begun that is held: at once, whatever its responder may.
-- reads: trap_data.package
-- writes: trap_data.package
create function trap.approve_package(p_package_id bigint) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
begin
    v_package := trap.lock_package(p_package_id);
    if v_package.state <> 'held' then
        raise exception 'package % does not wait for approval: it is %', p_package_id, v_package.state using errcode = 'TR003';
    end if;
    update trap_data.package as p
    set state = 'open', reason = null, opened_at = clock_timestamp(), approved_by = session_user
    where p.package_id = p_package_id;
    perform trap.settle_package(p_package_id);
end;
$$;
comment on function trap.approve_package is 'Lets a package that is held be begun, in the name of the login.';
