-- Lets what failed of a package, or was too late, be tried again, and what waited for it.
-- reads: trap_data.package
-- writes: trap_data.job, trap_data.package
create function trap.retry_package(p_package_id bigint) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_package trap_data.package%rowtype;
begin
    v_package := trap.lock_package(p_package_id);
    if v_package.state <> 'failed' then
        raise exception 'package % has not failed: it is %', p_package_id, v_package.state using errcode = 'TR003';
    end if;
    update trap_data.package as p
    set
        ended_at = null, opened_at = coalesce(p.opened_at, clock_timestamp()), state = 'open',
        approved_by = case when p.opened_at is null then session_user else p.approved_by end
    where p.package_id = p_package_id;
    update trap_data.job as j
    set
        state = 'blocked', ended_at = null, attempts = 0, not_before = now(), deadline = null, error = null,
        log = j.log || trap.log_lines(session_user, array['to be tried again'])
    where j.package_id = p_package_id and j.state in ('failed', 'expired', 'aborted');
    perform trap.settle_package(p_package_id);
end;
$$;
comment on function trap.retry_package is
'Lets what failed of a package, or was not begun before its deadline, be tried again, as often as at first and without a deadline; and what waited for it.';
