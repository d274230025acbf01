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


@LOST
def test_a_time_step_is_there_once(trapdb, field, calm, lost):
    """And the run takes none of its own images for those of another run."""
    undisturbed = trapdb.complete(*ingest(field, f"{lost} not lost"))
    name = f"{lost} lost"
    with cut_once(trapdb, lost) as line:
        assert_as(trapdb.run(*ingest(field, name), *line), undisturbed)
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
@pytest.mark.usefixtures("calm")
def test_a_time_step_that_is_associated_anew_is_there_once(trapdb, lost):
    name = f"anew, {lost} lost"
    undisturbed = trapdb.complete("reassociate", "calm", "--as", f"anew, {lost} not lost")
    with monitor(trapdb.server) as conn:
        expected = contents(conn, f"anew, {lost} not lost")
    with cut_once(trapdb, lost) as line:
        assert_as(trapdb.run("reassociate", "calm", "--as", name, *line), undisturbed)
    compare(trapdb, name, expected)


@LOST
def test_a_point_that_is_back_filled_is_there_once(trapdb, field, filled, lost):
    names = f"{lost} not lost at a point", f"{lost} lost at a point"
    for name in names:
        trapdb.complete(*ingest(field, name), "--backfill", 0)
    undisturbed = trapdb.complete("backfill", "--dataset", names[0])
    with cut_once(trapdb, lost) as line:
        assert_as(trapdb.run("backfill", "--dataset", names[1], *line), undisturbed)
    compare(trapdb, names[1], filled)
