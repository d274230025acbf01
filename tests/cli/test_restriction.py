"""``trapdb db restrict``, and what becomes of it."""

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.conftest import RESTRICTED
from tests.feeding import Feeder
from trapdb import schema
from trapdb.database.routines import delete_dataset

SHOWN = f"select dataset from shown_to_{RESTRICTED}.dataset order by dataset"


@pytest.fixture
def shown(db, cluster):
    """What the login sees."""

    def shown():
        with psycopg.connect(cluster.url(db.info.dbname, RESTRICTED)) as conn:
            return [name for (name,) in conn.execute(SHOWN)]

    return shown


@pytest.fixture
def datasets(db_url):
    with psycopg.connect(db_url, autocommit=True, row_factory=namedtuple_row) as conn:
        for name in ("a", "b", "c"):
            Feeder(conn, name)


def test_it_is_done_and_undone(trapdb, datasets, db, shown):
    done = trapdb("db", "restrict", RESTRICTED, "a", "b")
    assert (done.status, done.out) == (0, f"{RESTRICTED} is shown a, b\n")
    assert shown() == ["a", "b"]
    assert trapdb("db", "restrict", RESTRICTED, "c").status == 0
    assert shown() == ["c"]
    assert trapdb("db", "restrict", RESTRICTED).out == f"{RESTRICTED} is shown nothing\n"
    with pytest.raises(psycopg.errors.UndefinedTable):
        shown()
    assert db.execute("select count(*) from trap_data.restriction").fetchone() == (0,)


def test_mistakes_are_told_in_a_line(trapdb, datasets):
    for given, message in (
        (("someone", "a"), "there is no login someone"),
        ((RESTRICTED, "a", "x"), "there is no data set named x"),
        (("trapdb_public", "a"), "trapdb_public may see more anyhow"),
    ):
        told = trapdb("db", "restrict", *given)
        assert told.status == 2
        assert message in told.err
        assert told.err.count("\n") == 1


def test_an_upgrade_builds_it_anew(trapdb, datasets, db, db_url, shown):
    trapdb("db", "restrict", RESTRICTED, "a")
    db.execute("delete from trap_data.code_manifest where path like '%cone.sql'")
    assert schema.status_of(db).state is schema.State.BEHIND
    schema.upgrade(db_url)
    assert shown() == ["a"]
    assert schema.status_of(db).state is schema.State.CURRENT


def test_logins_of_names_alike_keep_out_of_each_others_way(trapdb, datasets, db, db_url, shown):
    other = f"{RESTRICTED}_data"
    db.execute(f"create role {other} login in role trapdb_restricted")
    try:
        for login, name in ((RESTRICTED, "a"), (other, "b"), (RESTRICTED, "c")):
            assert trapdb("db", "restrict", login, name).status == 0
        seen = f"select dataset from shown_to_{other}.dataset"
        assert (shown(), db.execute(seen).fetchall()) == (["c"], [("b",)])
        db.execute("delete from trap_data.code_manifest where path like '%cone.sql'")
        schema.upgrade(db_url)
        assert (shown(), db.execute(seen).fetchall()) == (["c"], [("b",)])
    finally:
        db.execute(f"drop owned by {other}")
        db.execute(f"drop role {other}")


def test_a_data_set_that_is_shown_can_be_deleted(trapdb, datasets, db, shown):
    trapdb("db", "restrict", RESTRICTED, "a", "b")
    delete_dataset(db, "a")
    delete_dataset(db, "c")
    partition = "select to_regclass('trap_data.source_' || %s) is not null"
    assert [db.execute(partition, [number]).fetchone() for number in (1, 2, 3)] == [
        (True,), (True,), (False,),
    ]  # fmt: skip
    assert shown() == ["b"]
    trapdb("db", "restrict", RESTRICTED, "b")
    db.execute("select trap.drop_empty_partitions()")
    assert db.execute(partition, [1]).fetchone() == (False,)
