-- Cancels a package: what has not ended of it never will be done. A worker learns of it when it renews its lease.
-- reads: trap_data.package
-- writes: trap_data.job, trap_data.package
create function trap.cancel_package(p_package_id bigint, p_reason text default null) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
    v_reason constant text := coalesce(nullif(p_reason, ''), format('cancelled by %s', session_user));
begin
    v_package := trap.lock_package(p_package_id);
    if v_package.ended_at is not null then
        return false;
    end if;
    update trap_data.package as p set reason = v_reason where p.package_id = p_package_id;
    update trap_data.job as j
    set state = 'aborted', lease_until = null, ended_at = clock_timestamp(), token = j.token + 1, error = v_reason
    where j.package_id = p_package_id and j.state in ('held', 'blocked', 'waiting', 'running');
    perform trap.settle_package(p_package_id);
    return true;
end;
$$;
comment on function trap.cancel_package is 'Cancels what has not ended of a package; returns whether there was any.';
