-- Objects of others that would go with the schemas that an upgrade rebuilds: whatever depends on one of them, on what was created in
-- it, or on a part of that (a view's row type), and is not itself among these.
with recursive own (classid, objid) as (
    select
        'pg_catalog.pg_namespace'::regclass::oid,
        pg_namespace.oid
    from pg_namespace
    where pg_namespace.nspname in ('trap', 'tap_schema', 'ivoa')
    union
    select
        pg_depend.classid,
        pg_depend.objid
    from own
    join pg_depend on own.classid = pg_depend.refclassid and own.objid = pg_depend.refobjid
    where
        case own.classid
            when 'pg_catalog.pg_namespace'::regclass then pg_depend.deptype = 'n'
            else pg_depend.deptype in ('i', 'a')
        end
)

select distinct identified.type || ' ' || identified.identity as name
from own
join pg_depend on own.classid = pg_depend.refclassid and own.objid = pg_depend.refobjid
-- A view depends through its rule.
left join pg_rewrite
    on
        pg_depend.classid = 'pg_catalog.pg_rewrite'::regclass
        and pg_depend.objid = pg_rewrite.oid
        and pg_rewrite.rulename = '_RETURN'
cross join
    pg_identify_object(
        case when pg_rewrite.oid is null then pg_depend.classid else 'pg_catalog.pg_class'::regclass end,
        coalesce(pg_rewrite.ev_class, pg_depend.objid),
        case when pg_rewrite.oid is null then pg_depend.objsubid else 0 end
    ) as identified
where
    not exists (
        select from own as same
        where same.classid = pg_depend.classid and same.objid = pg_depend.objid
    )
order by name;
