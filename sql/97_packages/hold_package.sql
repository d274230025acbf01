-- Holds a package of which nothing more is to be begun until somebody approves of it.
-- reads: trap_data.package
-- writes: trap_data.package
create function trap.hold_package(p_package_id bigint, p_reason text default null) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
begin
    v_package := trap.lock_package(p_package_id);
    if v_package.state <> 'open' then
        raise exception 'package % cannot be held: it is %', p_package_id, v_package.state using errcode = 'TR003';
    end if;
    update trap_data.package as p
    set state = 'held', reason = coalesce(nullif(p_reason, ''), format('held by %s', session_user))
    where p.package_id = p_package_id;
    perform trap.settle_package(p_package_id);
end;
$$;
comment on function trap.hold_package is 'Holds a package: of its tasks none more is begun until somebody approves of it. Those that are worked on go on.';
