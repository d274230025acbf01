"""A connection that is lost as a time step ends: what was committed is there once, and reported."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.safety.contents import contents
from tests.safety.cut_line import cut_line
from tests.safety.story import ingest
from tests.safety.test_kills import compare
from tests.safety.trouble import end_of, held, monitor, step_lines, wait_for_steps

LOST = pytest.mark.parametrize("lost", ["commit", "answer"])


@contextmanager
def cut_once(trapdb, lost):
    """Yield the option for a line to the server that is cut once."""
    with (
        tempfile.TemporaryDirectory(prefix="trapdb-line-", dir="/tmp") as folder,
        cut_line(Path(folder), trapdb.server.socket, lost) as line,
    ):
        url = trapdb.server.url("trapdb_ingest").replace(str(trapdb.server.socket), folder)
        yield "--database", url
        assert line.cuts == 1


def assert_as(ended, undisturbed):
    """Compare what commands reported, but for what they waited for, and the time."""
    assert (ended.status, ended.complaints) == (undisturbed.status, [])
    assert step_lines(ended) == step_lines(undisturbed)


@pytest.fixture(scope="module")
def undisturbed(trapdb, field, calm):
    """How an ingest, a reassociation and a back-fill end of which no connection is lost."""
    ingested = trapdb.complete(*ingest(field, "not lost"))
    reassociated = trapdb.complete("reassociate", "calm", "--as", "anew, not lost")
    trapdb.complete(*ingest(field, "points not lost"), "--backfill", 0)
    back_filled = trapdb.complete("backfill", "--dataset", "points not lost")
    return {"ingest": ingested, "reassociate": reassociated, "backfill": back_filled}


@LOST
def test_a_time_step_is_there_once(trapdb, field, calm, undisturbed, lost):
    """And the run takes none of its own images for those of another run."""
    name = f"{lost} lost"
    with cut_once(trapdb, lost) as line:
        assert_as(trapdb.run(*ingest(field, name), *line), undisturbed["ingest"])
    compare(trapdb, name, calm)


def test_a_time_step_that_fails_is_there_once(trapdb, field, calm):
    """An error and a connection that is lost on top of it are one outage, told as such."""
    name = "rollback lost"
    with cut_once(trapdb, "rollback") as line:
        process = trapdb.start(*ingest(field, name), *line)
        assert wait_for_steps(process, 2)
        with held(trapdb.server, "association") as wait, monitor(trapdb.server) as conn:
            conn.execute("select pg_cancel_backend(%s)", [wait().pid])
        ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, []), ended
    assert sum(told.startswith("the database ") for told in ended.err) == 2  # away, and back
    compare(trapdb, name, calm)


@LOST
def test_a_time_step_that_is_associated_anew_is_there_once(trapdb, undisturbed, lost):
    name = f"anew, {lost} lost"
    with monitor(trapdb.server) as conn:
        expected = contents(conn, "anew, not lost")
    with cut_once(trapdb, lost) as line:
        command = ("reassociate", "calm", "--as", name)
        assert_as(trapdb.run(*command, *line), undisturbed["reassociate"])
    compare(trapdb, name, expected)


@LOST
def test_a_point_that_is_back_filled_is_there_once(trapdb, field, filled, undisturbed, lost):
    name = f"{lost} lost at a point"
    trapdb.complete(*ingest(field, name), "--backfill", 0)
    with cut_once(trapdb, lost) as line:
        assert_as(trapdb.run("backfill", "--dataset", name, *line), undisturbed["backfill"])
    compare(trapdb, name, filled)
