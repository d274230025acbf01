"""Everything in the database explains itself: COMMENT ON, with the unit in brackets."""

import re

import pytest

# 1: a pure number; sigma: in standard errors; as ...: in the unit of what is named.
UNIT = re.compile(
    r"""\[(
        deg | deg\^2 | deg\^-2 | rad | sr\^-1 | arcsec | mas | mas/yr
        | pixel | m | Mpc | Hz | kHz | s | d | yr
        | 1 | sigma
        | Jy | Jy\^2 | Jy\^-2 | Jy/beam | \(Jy/beam\)\^2 | \(Jy/beam\)\^-2
        | Jy/beam/d | d\^2\ \(Jy/beam\)\^-2 | d\ \(Jy/beam\)\^-1
        | as\ [\w ]+
    )\]""",
    re.VERBOSE,
)


@pytest.fixture
def objects(db):
    """Kind, name, comment and whether a unit is due, of all objects and columns."""
    return db.execute("""
        with ours as (
            select oid from pg_namespace
            where nspname in ('trap', 'trap_data', 'tap_schema', 'ivoa')
        ),
        class as (
            select pg_class.* from pg_class join ours on ours.oid = relnamespace
            where relkind in ('r', 'p', 'v', 'm', 'c') and not relispartition
        ),
        number as (
            select pg_type.oid from pg_type
            join unnest(array['real', 'float8', 'numeric']::regtype[]) as scalar
            on scalar in (pg_type.oid, pg_type.typelem)
        )
        select 'schema', nspname::text, obj_description(oid, 'pg_namespace'), false
        from pg_namespace where oid in (table ours)
        union all
        select 'relation', oid::regclass::text, obj_description(oid, 'pg_class'), false
        from class where relkind <> 'c'
        union all
        select 'column', class.oid::regclass || '.' || attname,
            col_description(class.oid, attnum)
            -- a domain tells the unit of its columns
            || case when typtype = 'd' then obj_description(atttypid, 'pg_type') else '' end,
            coalesce(nullif(typbasetype, 0), atttypid) in (table number)
        from class
        join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
        join pg_type on pg_type.oid = atttypid
        union all
        select 'routine', oid::regprocedure::text, obj_description(oid, 'pg_proc'),
            prorettype in (table number) and not proretset
        from pg_proc where pronamespace in (table ours)
        union all
        select 'type', oid::regtype::text, obj_description(oid, 'pg_type'),
            typbasetype in (table number)
        from pg_type
        where typnamespace in (table ours) and typcategory <> 'A'
        and (typrelid = 0 or typrelid in (select oid from class where relkind = 'c'))
    """).fetchall()


def test_everything_has_a_comment(objects):
    without = [f"{kind} {name}" for kind, name, comment, _ in objects if not comment]
    assert len(objects) > 100
    assert not without, "\n".join(without)


def test_what_is_measured_has_a_unit(objects):
    without = [
        f"{kind} {name}: {comment}"
        for kind, name, comment, is_number in objects
        if is_number and not UNIT.search(comment or "")
    ]
    assert not without, "\n".join(without)
