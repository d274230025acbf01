"""Who may do what: the golden table privileges.txt, beside this file.

After an intended change write it anew, and look at the difference before committing it:

    pytest tests/schema/test_privileges.py --update-golden
"""

from pathlib import Path

import psycopg
import pytest

from trapdb.configuration.keys import Configuration
from trapdb.schema import resources

ROLES = ("trapdb_public", "trapdb_reader", "trapdb_rater", "trapdb_operator", "trapdb_worker")
ROLES += ("trapdb_restricted",)
GOLDEN = Path(__file__).with_name("privileges.txt")

GRANTS = """
    with ours as (
        select oid from pg_namespace where nspname in ('trap', 'trap_data', 'tap_schema', 'ivoa')
    ),
    object (name, owner, acl, remark) as (
        select 'schema ' || nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner)), ''
        from pg_namespace where oid in (table ours)
        union all
        select
            case relkind when 'v' then 'view ' when 'S' then 'sequence ' else 'table ' end
            || pg_class.oid::regclass,
            relowner,
            coalesce(
                relacl, acldefault(case relkind when 'S' then 's'::"char" else 'r' end, relowner)
            ),
            ''
        from pg_class
        where relnamespace in (table ours)
        and relkind in ('r', 'p', 'v', 'm', 'S') and not relispartition
        union all
        select format('column %s.%I', attrelid::regclass, attname), relowner, attacl, ''
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace in (table ours) and attacl is not null
        union all
        select pg_proc.oid::regproc::text, proowner, coalesce(proacl, acldefault('f', proowner)),
            case when prosecdef then ' as ' || proowner::regrole else '' end
        from pg_proc where pronamespace in (table ours)
    )
    select
        case grantee when 0 then 'everybody' else grantee::regrole::text end || ': '
        || lower(string_agg(privilege_type, ', ' order by privilege_type)) || ' '
        || name || remark
    from object cross join aclexplode(acl)
    where grantee <> owner
    group by grantee, name, remark
    order by grantee::regrole::text collate "C", name collate "C"
"""


def test_who_may_do_what(db, pytestconfig):
    table = "".join(f"{line}\n" for (line,) in db.execute(GRANTS))
    if pytestconfig.getoption("update_golden"):
        GOLDEN.write_text(table)
    assert table.splitlines() == GOLDEN.read_text().splitlines()


def test_nobody_else_may_do_anything():
    others = [
        line
        for line in GOLDEN.read_text().splitlines()
        if not line.startswith(tuple(f"{role}: " for role in ROLES))
    ]
    assert others == []


def test_routines_with_the_owners_rights_are_few_and_the_readers_only_read(db):
    """A reader's routine with the owner's rights must not write, except definitions."""
    writing = db.execute("""
        select oid::regproc::text from pg_proc
        where pronamespace = 'trap'::regnamespace and prosecdef and provolatile = 'v'
        and has_function_privilege('trapdb_reader', oid, 'execute')
    """).fetchall()
    assert {name for (name,) in writing} == {"trap.store_definition", "trap.delete_definition"}


def test_the_public_is_not_told_what_operators_look_for(db):
    """Nor which events are injected; nor is it offered what it may not read."""
    inner = {"trap.watch", "trap.event", "trap.alert_rule"}
    offered = "select table_name from tap_schema.tables"
    described = "select distinct schema_name || '.' || view_name from trap.column_description"
    for role, sees in (("trapdb_public", set()), ("trapdb_reader", inner)):
        with db.transaction(force_rollback=True):
            db.execute(f"set local role {role}")
            for listed in (offered, described):
                views = {name for (name,) in db.execute(listed)}
                assert "trap.alert" in views
                assert views & inner == sees


def test_the_public_is_not_told_who_did_what_from_where(db):
    """Nor which data sets are injected; those who work with the archive are, through any role."""
    settings = Configuration.model_validate({"dataset": {"tense": "injected"}}).model_dump_json()
    opened = "select dataset_id from trap.open_dataset('night', %s)"
    (dataset_id,) = db.execute(opened, [settings]).fetchone()
    db.execute(
        "select trap.start_run(%s, %s, '1', 'machine', 'otto', 'trapdb ingest /a --tense injected',"
        " '{}')",
        [dataset_id, settings],
    )
    db.execute(
        "select trap.store_watch_list('mine', 'cone', '/home/otto/list', '{a}', '{1}', '{1}',"
        " '{9}', '{null}', '{null}', '{null}')"
    )
    db.execute(
        "insert into trap_data.skymap (name, digest, path) values ('map', 'd', '/home/otto/map')"
    )
    db.execute(
        "select trap.store_classifier('it', 'x', 1, '{snr_max}', '{steady,step}',"
        ' \'{"trained_on": {"injected": "night"}, "seed": 1}\')'
    )
    told = (
        "select configuration #>> '{dataset,tense}' from trap.dataset"
        " union all select configuration #>> '{dataset,tense}' from trap.pipeline_run"
        " union all select host from trap.pipeline_run"
        " union all select username from trap.pipeline_run"
        " union all select command from trap.pipeline_run"
        " union all select origin from trap.watch_list union all select owner from trap.watch_list"
        " union all select path from trap.skymap union all select owner from trap.skymap"
        " union all select facts #>> '{trained_on,injected}' from trap.classifier"
        " union all select made_by from trap.classifier"
    )
    for role, sees in (("trapdb_public", 0), ("trapdb_reader", 11), ("trapdb_operator", 11)):
        with db.transaction(force_rollback=True):
            db.execute(f"set local role {role}")
            assert sum(value is not None for (value,) in db.execute(told)) == sees
            (derived,) = db.execute(
                "select configuration #>> '{dataset,derived}' from trap.dataset"
            ).fetchone()
            assert derived == "false"


def test_the_public_workers_and_raters_do_no_more_than_that(db):
    """The public's queries write nothing; workers reach the queue, and raters the labels."""
    may = {
        role: {
            name
            for (name,) in db.execute(
                "select proname from pg_proc where pronamespace = 'trap'::regnamespace"
                " and has_function_privilege(%s, oid, 'execute') and (%s or provolatile = 'v')",
                [role, role != "trapdb_public"],
            )
        }
        for role in ("trapdb_public", "trapdb_worker", "trapdb_rater")
    }
    assert may["trapdb_public"] == set()
    assert may["trapdb_rater"] == {"add_label", "withdraw_label", "store_definition"}
    inner = {"require_queue", "log_lines", "end_unbegun", "settle_package"}
    queue = {path.stem for path in (resources.sql_directory() / "96_jobs").iterdir()}
    assert may["trapdb_worker"] == queue - inner
    for role in may:
        tables = db.execute(
            "select oid::regclass::text from pg_class where relkind in ('r', 'p')"
            " and relnamespace::regnamespace::text in ('trap', 'trap_data')"
            " and has_table_privilege(%s, oid, 'select, insert, update, delete, truncate')",
            [role],
        ).fetchall()
        books = {"alembic_version", "code_manifest", "code_object"}
        assert {name.removeprefix("trap_data.") for (name,) in tables} <= books


def test_readers_and_operators_can_read_every_view(db, reader_db, operator_db):
    views = db.execute(
        "select oid::regclass::text from pg_class"
        " where relnamespace::regnamespace::text in ('trap', 'tap_schema', 'ivoa')"
        " and relkind = 'v'"
    ).fetchall()
    assert views
    for conn in (reader_db, operator_db):
        for (view,) in views:
            conn.execute(f"select * from {view}")


@pytest.mark.parametrize(
    "statement",
    [
        "select from trap_data.source",
        "delete from trap_data.dataset",
        "delete from trap.dataset",
        "create table trap.mine ()",
        "create table ivoa.mine ()",
        "create table trap_data.mine ()",
        "update trap_data.alembic_version set version_num = '0000'",
        "set role trapdb_admin",
    ],
)
def test_refused_to_readers_and_operators(reader_db, operator_db, statement):
    for conn in (reader_db, operator_db):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)


@pytest.mark.parametrize("privilege", ["select", "update", "delete", "truncate"])
def test_operators_may_only_insert_into_measurement(db, privilege):
    may = db.execute(
        "select has_table_privilege('trapdb_operator', 'trap_data.measurement', %s)", [privilege]
    )
    assert may.fetchone() == (False,)
