-- Whether who asks may replace or delete a definition of somebody: its owner, administrators, and operators if a service stored it,
-- or somebody through one, with the login of a rater: else nobody could who works in a shell.
-- reads: nothing
-- writes: nothing
create function trap.may_change_definition(p_owner text) returns boolean
language sql stable parallel safe
begin atomic
    -- superusers count as members of all roles: only who was made one is a rater
    select
        p_owner = session_user
        or pg_has_role(session_user, 'trapdb_admin', 'member')
        or (
            pg_has_role(session_user, 'trapdb_operator', 'member')
            and exists (
                select
                from pg_auth_members as m
                inner join pg_roles as role on m.roleid = role.oid
                inner join pg_roles as member on m.member = member.oid
                where role.rolname = 'trapdb_rater' and member.rolname = p_owner
            )
        );
end;
comment on function trap.may_change_definition is
'Whether who asks may replace or delete a definition that a user stored: its owner, administrators, and operators if it is of a rater.';
