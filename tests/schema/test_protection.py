"""What others made on top of the schemas, or changed in them, is named and never lost silently."""

import subprocess

import psycopg
import pytest

from trapdb import schema
from trapdb.errors import DatabaseError
from trapdb.schema import queries


@pytest.fixture
def outdated(tree, small_url, small_db):
    """A database whose tree has changed since, so that an upgrade rebuilds the schemas."""
    file = tree / "10_first/answer.sql"
    file.write_text(file.read_text().replace("42", "43"))
    return small_url


OBJECTS = {
    "view public.mine": "create view mine as select name from trap.names",
    "materialized view public.mine": "create materialized view mine as select trap.answer()",
    "view public.theirs": "create view theirs as select (null::trap.names).name",
    "function public.mine()": "create function mine() returns integer return trap.answer()",
    "function public.mine(trap.names)": (
        "create function mine(trap.names) returns integer language sql as 'select 1'"
    ),
    "default value for public.mine.x": "create table mine (x integer default trap.answer())",
    "table constraint mine_x_check on public.mine": (
        "create table mine (x integer check (x < trap.answer()))"
    ),
    "table column public.mine.x": "create table mine (x trap.names)",
    "index public.mine_x": "create table mine (x integer);"
    "create function trap.one(integer) returns integer immutable return 1;"
    "insert into trap_data.code_object select 'function trap.one(integer)', '', '{}', 0;"
    "create index mine_x on mine (trap.one(x))",
    "view public.images": "create view images as select * from ivoa.thing",
    "policy mine on public.mine": "create table mine (x integer);"
    "create policy mine on mine using (x = trap.answer())",
}


@pytest.mark.parametrize("name", OBJECTS)
def test_dependent_objects_are_named_and_kept(outdated, small_db, name):
    small_db.execute(OBJECTS[name])
    with pytest.raises(DatabaseError) as refusal:
        schema.upgrade(outdated, discard_changes=True)
    assert str(refusal.value).startswith(
        f"these depend on schemas trap, tap_schema and ivoa, which have to be rebuilt: {name}; "
    )
    with pytest.raises(DatabaseError, match="these depend on schemas trap"):
        schema.downgrade(outdated, "base")
    assert small_db.execute("select trap.answer()").fetchone() == (42,)


def test_all_dependents_are_named(outdated, small_db):
    small_db.execute("create view one as select from trap.names")
    small_db.execute("create view two as select from trap.names")
    with pytest.raises(DatabaseError, match=r"rebuilt: view public\.one, view public\.two;"):
        schema.upgrade(outdated)


def test_routines_that_look_names_up_when_called_survive(outdated, small_db):
    small_db.execute(
        "create function mine() returns integer language sql as 'select trap.answer()'"
    )
    schema.upgrade(outdated)
    assert small_db.execute("select mine()").fetchone() == (43,)


CHANGES = {
    "function trap.answer() was replaced": (
        "create or replace function trap.answer() returns integer language sql return 41"
    ),
    "view trap.names was replaced": (
        "create or replace view trap.names as select name || '!' as name from trap_data.dataset"
    ),
    "function trap.mine() was added": "create function trap.mine() returns integer return 1",
    "view trap.mine was added": "create view trap.mine as select 1 as x",
    "table trap.mine was added": "create table trap.mine (x integer)",
    "SELECT to test_operator was granted on view trap.names": (
        "grant select on trap.names to test_operator"
    ),
    "UPDATE to trapdb_reader was granted on view trap.names": (
        "grant update on trap.names to trapdb_reader"
    ),
    "UPDATE (name) to test_operator was granted on view trap.names": (
        "grant update (name) on trap.names to test_operator"
    ),
    "USAGE to PUBLIC was granted on schema trap": "grant usage on schema trap to public",
    "USAGE to PUBLIC was granted on schema ivoa": "grant usage on schema ivoa to public",
    "table tap_schema.mine was added": "create table tap_schema.mine (x integer)",
    "view ivoa.thing was replaced": "create or replace view ivoa.thing as select 2 as x",
    "EXECUTE with grant option to test_operator was granted on function trap.answer()": (
        "grant execute on function trap.answer() to test_operator with grant option"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_by_hand_are_named_and_kept(template, outdated, small_db, change):
    small_db.execute(CHANGES[change])
    assert schema.status_of(small_db).changes == (change,)
    with pytest.raises(DatabaseError) as refusal:
        schema.upgrade(outdated)
    assert f"{change}. " in str(refusal.value)
    assert "--discard-changes" in str(refusal.value)
    assert schema.status_of(small_db).changes == (change,)
    assert schema.upgrade(outdated, discard_changes=True).after.state is schema.State.CURRENT


@pytest.mark.parametrize(
    ("change", "statement"),
    [
        ("function trap.answer() was dropped", "drop function trap.answer()"),
        (
            "SELECT to trapdb_reader was revoked on view trap.names",
            "revoke select on trap.names from trapdb_reader",
        ),
    ],
)
def test_what_was_taken_away_comes_back(small_url, small_db, change, statement):
    small_db.execute(statement)
    status = schema.status_of(small_db)
    assert status.state is schema.State.DRIFTED
    assert status.changes == (change,)
    assert schema.upgrade(small_url).after.state is schema.State.CURRENT


def test_drift_needs_no_new_files(small_url, small_db):
    small_db.execute("create view trap.mine as select 1 as x")
    assert schema.status_of(small_db).state is schema.State.DRIFTED
    with pytest.raises(DatabaseError, match=r"view trap\.mine was added"):
        schema.upgrade(small_url)


def test_what_nobody_touched_is_known_by_its_transaction(small_db):
    assert queries.rows(small_db, "untouched") == [(True,)]
    small_db.execute("comment on view trap.names is 'Names.'")
    assert queries.rows(small_db, "untouched") == [(True,)]
    small_db.execute("revoke select on trap.names from trapdb_reader")
    small_db.execute("grant select on trap.names to trapdb_reader")
    assert queries.rows(small_db, "untouched") == [(False,)]
    assert schema.status_of(small_db).state is schema.State.CURRENT


def test_another_major_version_may_print_definitions_differently(small_url, small_db):
    small_db.execute("update trap_data.code_object set sha256 = '', server_version = 14")
    assert schema.status_of(small_db).state is schema.State.CURRENT


def test_a_restored_dump_is_current(db, db_url, raw_db_url, cluster):
    dump = subprocess.run(
        [cluster.bindir / "pg_dump", "--dbname", db_url], check=True, capture_output=True
    )
    subprocess.run(
        [cluster.bindir / "psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", raw_db_url],
        input=dump.stdout,
        check=True,
        capture_output=True,
    )
    with psycopg.connect(raw_db_url) as conn:
        assert schema.status_of(conn).state is schema.State.CURRENT
