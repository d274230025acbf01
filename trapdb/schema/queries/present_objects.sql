-- The objects of the schemas that an upgrade rebuilds, as they are now: the schemas themselves and what was created in them.
-- Definitions are printed with an empty search path, so that all names in them are qualified.
with schema as (
    select
        oid,
        nspowner,
        nspacl
    from pg_namespace
    where nspname in ('trap', 'tap_schema', 'ivoa')
),

member as (
    select
        pg_depend.classid,
        pg_depend.objid
    from schema
    join pg_depend on pg_depend.refclassid = 'pg_catalog.pg_namespace'::regclass and pg_depend.refobjid = schema.oid
    where pg_depend.deptype = 'n'
),

object (classid, objid, owner, definition, privileges) as (
    select
        'pg_catalog.pg_namespace'::regclass::oid,
        schema.oid,
        schema.nspowner,
        '',
        coalesce(schema.nspacl, acldefault('n', schema.nspowner))
    from schema
    union all
    select
        member.classid,
        member.objid,
        coalesce(pg_proc.proowner, pg_class.relowner, pg_type.typowner),
        concat_ws(
            e'\n',
            case when pg_proc.prokind <> 'a' then pg_get_functiondef(pg_proc.oid) end,
            -- an aggregate
            pg_aggregate.aggtransfn::text,
            pg_aggregate.aggfinalfn::text,
            pg_aggregate.agginitval,
            format_type(pg_aggregate.aggtranstype, null),
            -- a view, or a composite type
            pg_class.relkind::text,
            pg_class.reloptions::text,
            case when pg_class.relkind in ('v', 'm') then pg_get_viewdef(pg_class.oid) end,
            (
                select
                    string_agg(
                        pg_attribute.attname || ' ' || format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
                        ', ' order by pg_attribute.attnum
                    )
                from pg_attribute
                where pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
            ),
            (
                select string_agg(pg_get_triggerdef(pg_trigger.oid), e'\n' order by pg_trigger.tgname)
                from pg_trigger
                where pg_trigger.tgrelid = pg_class.oid
            ),
            (
                select string_agg(pg_get_ruledef(pg_rewrite.oid), e'\n' order by pg_rewrite.rulename)
                from pg_rewrite
                where pg_rewrite.ev_class = pg_class.oid and pg_rewrite.rulename <> '_RETURN'
            ),
            -- a domain, or an enumeration
            format_type(pg_type.typbasetype, pg_type.typtypmod),
            (
                select string_agg(pg_get_constraintdef(pg_constraint.oid), e'\n' order by pg_constraint.conname)
                from pg_constraint
                where pg_constraint.contypid = pg_type.oid
            ),
            (
                select string_agg(pg_enum.enumlabel, e'\n' order by pg_enum.enumsortorder)
                from pg_enum
                where pg_enum.enumtypid = pg_type.oid
            )
        ),
        case
            when pg_proc.oid is not null then coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))
            when pg_class.oid is not null then coalesce(pg_class.relacl, acldefault('r', pg_class.relowner))
            when pg_type.oid is not null then coalesce(pg_type.typacl, acldefault('T', pg_type.typowner))
        end
    from member
    left join pg_proc on member.classid = 'pg_catalog.pg_proc'::regclass and member.objid = pg_proc.oid
    left join pg_aggregate on member.classid = 'pg_catalog.pg_proc'::regclass and member.objid = pg_aggregate.aggfnoid::oid
    left join pg_class on member.classid = 'pg_catalog.pg_class'::regclass and member.objid = pg_class.oid
    left join pg_type on member.classid = 'pg_catalog.pg_type'::regclass and member.objid = pg_type.oid
),

granted (classid, objid, privilege) as (
    select
        object.classid,
        object.objid,
        acl.privilege_type || case when acl.is_grantable then ' with grant option' else '' end || ' to '
        || case acl.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(acl.grantee)) end
    from object
    cross join aclexplode(object.privileges) as acl
    where acl.grantee <> object.owner
    union all
    select
        object.classid,
        object.objid,
        format('%s (%I) to ', acl.privilege_type, pg_attribute.attname)
        || case acl.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(acl.grantee)) end
    from object
    join pg_attribute on object.classid = 'pg_catalog.pg_class'::regclass and object.objid = pg_attribute.attrelid
    cross join aclexplode(pg_attribute.attacl) as acl
    where acl.grantee <> object.owner
)

select
    identified.type || ' ' || identified.identity as name,
    encode(sha256(convert_to(object.definition, 'UTF8')), 'hex') as sha256,
    array(
        select granted.privilege
        from granted
        where granted.classid = object.classid and granted.objid = object.objid
        order by granted.privilege
    ) as privileges,
    current_setting('server_version_num')::integer / 10000 as server_version
from object
cross join pg_identify_object(object.classid, object.objid, 0) as identified;
