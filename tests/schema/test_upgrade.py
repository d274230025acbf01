"""An upgrade is one transaction: it brings the database to the files, or leaves it as it was."""

import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from trapdb import schema
from trapdb.errors import DatabaseError
from trapdb.schema import queries


def answer(conn):
    return conn.execute("select trap.answer()").fetchone()[0]


def change_answer(tree, value):
    file = tree / "10_first/answer.sql"
    file.write_text(file.read_text().replace("42", str(value)))


def test_from_nothing_to_current(raw_db_url):
    with psycopg.connect(raw_db_url) as conn:
        assert schema.status_of(conn).state is schema.State.MISSING
    report = schema.upgrade(raw_db_url)
    assert report.before.state is schema.State.MISSING
    assert report.after.state is schema.State.CURRENT
    assert report.files > 0


def test_everything_belongs_to_trapdb_admin(db):
    owners = db.execute("""
        with ours as (
            select oid, nspowner from pg_namespace
            where nspname in ('trap', 'trap_data', 'tap_schema', 'ivoa')
        )
        select nspowner::regrole::text from ours
        union select relowner::regrole::text from pg_class join ours on ours.oid = relnamespace
        union select proowner::regrole::text from pg_proc join ours on ours.oid = pronamespace
        union select typowner::regrole::text from pg_type join ours on ours.oid = typnamespace
    """).fetchall()
    assert owners == [("trapdb_admin",)]


def test_every_role_can_check(db, operator_db, reader_db):
    for conn in (db, operator_db, reader_db):
        assert str(schema.status_of(conn)) == "the schema is current"


def test_check_leaves_the_session_as_it_was(db):
    db.execute("set search_path = public, trap")
    with db.transaction():
        schema.status_of(db)
        assert db.execute("show search_path").fetchone() == ("public, trap",)


def test_check_tells_a_stranger_whom_to_ask(db, cluster):
    db.execute("create role stranger login")
    try:
        with (
            psycopg.connect(cluster.url(db.info.dbname, "stranger")) as conn,
            pytest.raises(DatabaseError, match='GRANT trapdb_operator TO "stranger"'),
        ):
            schema.status_of(conn)
    finally:
        db.execute("drop role stranger")


def test_nothing_to_do_does_nothing(small_url, small_db):
    before = small_db.execute("select max(applied_at) from trap_data.code_manifest").fetchone()
    report = schema.upgrade(small_url)
    assert report.files == 0
    assert (
        before == small_db.execute("select max(applied_at) from trap_data.code_manifest").fetchone()
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: change_answer(tree, 43),
        lambda tree: (tree / "20_second/names.sql").unlink(),
        lambda tree: (tree / "README.sql").write_text("-- nothing"),
    ],
    ids=["changed file", "removed file", "new file"],
)
def test_changed_files_are_behind(tree, small_url, small_db, change):
    change(tree)
    (tree / "99_privileges.sql").write_text("")
    assert schema.status_of(small_db).state is schema.State.BEHIND
    assert schema.upgrade(small_url).after.state is schema.State.CURRENT


def test_an_upgrade_replaces_and_removes_routines(tree, small_url, small_db):
    change_answer(tree, 43)
    (tree / "20_second/names.sql").unlink()
    (tree / "99_privileges.sql").write_text("")
    schema.upgrade(small_url)
    assert answer(small_db) == 43
    assert small_db.execute("select to_regclass('trap.names')").fetchone() == (None,)


def test_files_run_in_the_order_of_their_paths(tree, small_url, small_db):
    (tree / "20_second/after.sql").write_text("create view trap.after as select trap.answer();")
    (tree / "15_between").mkdir()
    (tree / "15_between/zero.sql").write_text("create view trap.zero as select trap.answer();")
    schema.upgrade(small_url)
    paths = small_db.execute("select path from trap_data.code_manifest order by path").fetchall()
    assert [path for (path,) in paths] == [
        "10_first/answer.sql",
        "15_between/zero.sql",
        "20_second/after.sql",
        "20_second/names.sql",
        "30_third/thing.sql",
        "99_privileges.sql",
    ]


def test_a_file_that_fails_leaves_the_old_schema(tree, small_url, small_db):
    change_answer(tree, 43)
    (tree / "20_second/names.sql").write_text("create view trap.names as\nselect nothing;")
    with pytest.raises(DatabaseError, match=r'names\.sql, line 2: column "nothing" does not exist'):
        schema.upgrade(small_url)
    assert answer(small_db) == 42
    assert small_db.execute("select count(*) from trap.names").fetchone() == (0,)
    assert schema.status_of(small_db).changes == ()


def test_two_upgrades_at_once(tree, raw_db_url):
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(schema.upgrade, [raw_db_url] * 2))
    assert sorted(report.files for report in reports) == [0, 4]
    assert {report.after.state for report in reports} == {schema.State.CURRENT}


def test_a_transaction_in_the_way_does_not_hold_everybody_up(
    tree, small_url, small_db, monkeypatch
):
    def run_impatiently(conn, name):
        run(conn, name)
        conn.execute("set local lock_timeout = '50ms'")

    run = queries.run
    monkeypatch.setattr(queries, "run", run_impatiently)
    change_answer(tree, 43)
    with psycopg.connect(small_url) as reader:
        reader.execute("select from trap.names")
        with pytest.raises(DatabaseError, match="end their transactions and try again"):
            schema.upgrade(small_url)
    assert answer(small_db) == 42


def test_newer_than_this_trapdb(small_url, small_db):
    small_db.execute("update trap_data.code_manifest set trapdb_version = '1000.0'")
    assert schema.status_of(small_db).state is schema.State.AHEAD
    with pytest.raises(DatabaseError, match="install the newer trapdb"):
        schema.upgrade(small_url)


def test_revision_that_this_trapdb_does_not_know(small_url, small_db):
    small_db.execute("update trap_data.alembic_version set version_num = '9999'")
    assert schema.status_of(small_db).state is schema.State.AHEAD
    with pytest.raises(DatabaseError, match="install the newer trapdb"):
        schema.upgrade(small_url)


def test_unreachable_server(tmp_path):
    with pytest.raises(DatabaseError, match="No such file or directory"):
        schema.upgrade(f"host={tmp_path} dbname=any user=anyone")


ROLES = ("trapdb_public", "trapdb_reader", "trapdb_rater", "trapdb_operator", "trapdb_worker")
ROLES += ("trapdb_restricted", "trapdb_admin")


@pytest.fixture
def bare(bare_cluster):
    """Connection strings, for the superuser and for plain alice, to a database with nothing."""
    with psycopg.connect(bare_cluster.url("postgres"), autocommit=True) as conn:
        conn.execute("create database sky")
        conn.execute("create role alice login")
        yield bare_cluster.url("sky"), bare_cluster.url("sky", "alice")
        conn.execute("drop database sky with (force)")
        for role in ("alice", *ROLES):
            conn.execute(f"drop role if exists {role}")


def test_a_superuser_needs_no_preparation(bare):
    superuser, _ = bare
    assert schema.upgrade(superuser).after.state is schema.State.CURRENT


def test_a_plain_user_is_told_what_the_administrator_has_to_run(bare):
    superuser, alice = bare
    with pytest.raises(DatabaseError) as refusal:
        schema.upgrade(alice)
    statements = str(refusal.value).partition("\n")[2]
    assert [re.sub("  --.*", "", line) for line in statements.splitlines()] == [
        "CREATE ROLE trapdb_admin NOLOGIN;",
        "CREATE ROLE trapdb_operator NOLOGIN;",
        "CREATE ROLE trapdb_public NOLOGIN;",
        "CREATE ROLE trapdb_rater NOLOGIN;",
        "CREATE ROLE trapdb_reader NOLOGIN;",
        "CREATE ROLE trapdb_restricted NOLOGIN;",
        "CREATE ROLE trapdb_worker NOLOGIN;",
        "GRANT trapdb_admin TO alice;",
        "GRANT CREATE ON DATABASE sky TO trapdb_admin;",
        "CREATE EXTENSION pg_sphere SCHEMA public;",
    ]
    with psycopg.connect(superuser, autocommit=True) as conn:
        conn.execute(statements)
    with psycopg.connect(alice) as conn:
        assert schema.requirements(conn) == []
    assert schema.upgrade(alice).after.state is schema.State.CURRENT


def test_a_role_maker_is_told_of_the_rest_only(bare):
    superuser, alice = bare
    with psycopg.connect(superuser, autocommit=True) as conn:
        conn.execute("alter role alice createrole")
        conn.execute("grant create on database sky to alice with grant option")
        conn.execute("create role trapdb_reader nologin")
    with pytest.raises(DatabaseError) as refusal:
        schema.upgrade(alice)
    assert str(refusal.value).splitlines()[1:] == [
        "CREATE EXTENSION pg_sphere SCHEMA public;  -- extension pg_sphere is missing"
    ]


def test_pgsphere_in_a_schema_of_its_own(raw_db_url):
    with psycopg.connect(raw_db_url, autocommit=True) as conn:
        conn.execute('create schema "The Sphere"')
        conn.execute('create extension pg_sphere schema "The Sphere"')
    assert schema.upgrade(raw_db_url).after.state is schema.State.CURRENT


def test_pgsphere_too_old(small_url, small_db):
    small_db.execute(
        "update pg_extension set extversion = '1.1.5beta4gavo' where extname = 'pg_sphere'"
    )
    with pytest.raises(
        DatabaseError, match=r"ALTER EXTENSION pg_sphere UPDATE;  -- .*1\.1\.5beta4gavo"
    ):
        schema.upgrade(small_url)


def test_a_schema_in_which_everybody_may_plant_functions(small_url, small_db, tree):
    change_answer(tree, 43)
    small_db.execute("grant create on schema public to public")
    with pytest.raises(DatabaseError, match="REVOKE CREATE ON SCHEMA public FROM PUBLIC;"):
        schema.upgrade(small_url)


def test_a_schema_of_somebody_else(raw_db_url):
    with psycopg.connect(raw_db_url, autocommit=True) as conn:
        conn.execute("create schema trap")
    with pytest.raises(DatabaseError, match="ALTER SCHEMA trap OWNER TO trapdb_admin;"):
        schema.upgrade(raw_db_url)


@pytest.mark.parametrize("name", ["tap_schema", "ivoa"])
def test_a_schema_of_another_service(raw_db_url, name):
    with psycopg.connect(raw_db_url, autocommit=True) as conn:
        conn.execute(f"create schema {name}")
    with pytest.raises(DatabaseError, match=f"-- schema {name} belongs to .* without another"):
        schema.upgrade(raw_db_url)


def test_pgsphere_that_the_server_refuses(raw_db_url):
    with psycopg.connect(raw_db_url, autocommit=True) as conn:
        conn.execute("drop schema public")
    with pytest.raises(
        DatabaseError, match=r'CREATE EXTENSION .*\(schema "public" does not exist\)'
    ):
        schema.upgrade(raw_db_url)
