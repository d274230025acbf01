"""An archive that is a database: SQL, logins, and what is missing."""

import signal
import sys
import threading
import time

import numpy as np
import pytest

from tests.conftest import SUPERUSER
from trapdb.archive import connect
from trapdb.errors import DatabaseError, InputError


def test_sql(database):
    found = database.query(
        "select source_id, ra as a, ra + 1 as b, round(n_blind / 3.0, 1) as c, '{}'::jsonb as j,"
        " null::bigint as nothing from trap.running_catalogue where name ~ '%|J' limit 3",
        language="sql",
    )
    assert found["a"].unit == "deg"
    assert found["a"].info.meta == {"ucd": "pos.eq.ra;meta.main"}
    assert found["b"].info.description is None
    assert (found["c"].dtype, found["j"][0]) == (np.float64, "{}")
    assert found["nothing"].mask.tolist() == [True] * 3
    positions = database.query("select pos from trap.indexed_source limit 1", language="sql")
    assert positions["pos"][0].startswith("(")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("select 1 as x; select 2 as y", "cannot insert multiple commands"),
        ("create table x ()", "read-only transaction"),
        ("set role trapdb_admin", "permission denied|gives no rows"),
        ("select * from trap_data.source", "permission denied"),
        ("select 1 / 0", "division by zero"),
    ],
)
def test_sql_is_one_statement_that_reads(database, text, told):
    with pytest.raises((DatabaseError, InputError), match=told) as refused:
        database.query(text, language="sql")
    assert "\n" not in str(refused.value)


def test_the_archive_that_the_commands_read(database, archive_url, cluster, monkeypatch):
    """SQL needs a login of its own, as `trapdb query` does."""
    monkeypatch.setenv("TRAPDB_DATABASE_URL", cluster.url("client", SUPERUSER))
    monkeypatch.delenv("TRAPDB_READER_URL", raising=False)
    archive = connect()
    assert repr(archive) == f"<archive client in the database at {cluster.host}>"
    assert len(archive.datasets()) == 2
    with pytest.raises(DatabaseError, match="TRAPDB_READER_URL"):
        archive.query("select 1 as one", language="sql")
    monkeypatch.setenv("TRAPDB_READER_URL", archive_url)
    assert archive.query("select 1 as one", language="sql")["one"].tolist() == [1]


def test_a_database_that_is_named_is_the_one_that_is_asked(archive_url, monkeypatch):
    monkeypatch.setenv("TRAPDB_READER_URL", "postgresql://nowhere.invalid/none")
    assert len(connect(archive_url).datasets()) == 2


def test_a_database_that_is_not_there(archive_url, cluster):
    for url in ("postgresql://127.0.0.1:1/none", cluster.url("postgres"), "mysql://host/sky"):
        with pytest.raises(DatabaseError) as refused:
            connect(url)
        assert "\n" not in str(refused.value)


def test_nothing_stays_open_between_queries(archive_url, db):
    archive = connect(f"{archive_url} application_name=notebook")
    archive.datasets()
    count = "select count(*) from pg_stat_activity where application_name = 'notebook'"
    while db.execute(count).fetchone() != (0,):  # the server takes a moment to end a session
        time.sleep(0.01)


def test_a_query_that_is_interrupted_ends(database, db):
    """As by the button of a notebook: the server stops, too."""
    running = (
        "select count(*) from pg_stat_activity where state = 'active' and query ~ '^select pg_sl'"
    )

    def interrupt():
        while db.execute(running).fetchone() == (0,):
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        database.query("select pg_sleep(60)::text as slept", language="sql")
    thread.join()
    assert db.execute(running).fetchone() == (0,)


def test_adql_is_an_extra(archive_url, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("trapdb.adql.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(InputError, match=r"pip install 'trapdb\[archive\]'"):
        connect(archive_url).datasets()
